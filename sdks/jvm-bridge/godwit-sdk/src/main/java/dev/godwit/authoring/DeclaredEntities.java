package dev.godwit.authoring;

import java.lang.invoke.MethodHandles;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * What classes declare: the tasks, workflows and launch plans that their static fields hold, and that their static methods
 * without parameters give.
 */
public final class DeclaredEntities {
    private final Map<String, Held> held = new LinkedHashMap<>();
    private final TreeSet<String> scanned = new TreeSet<>();

    private DeclaredEntities() {}

    /**
     * Something declared, and where it is held.
     *
     * @param entity what is declared
     * @param owner binary name of the class
     * @param member name of the field or method
     */
    public record Held(Entity entity, String owner, String member) {}

    /**
     * What classes of these names declare.
     *
     * @param names binary names
     * @param loader loads them
     * @return what they hold
     * @throws DeclarationException a class cannot be loaded; two declare the same name
     */
    public static DeclaredEntities of(Collection<String> names, ClassLoader loader) {
        DeclaredEntities found = new DeclaredEntities();
        new TreeSet<>(names).forEach(name -> found.scan(load(name, loader)));
        return found;
    }

    /**
     * What classes declare.
     *
     * @param types the classes
     * @return what they hold
     * @throws DeclarationException two declare the same name
     */
    public static DeclaredEntities of(Class<?>... types) {
        DeclaredEntities found = new DeclaredEntities();
        Arrays.stream(types).sorted(Comparator.comparing(Class::getName)).forEach(found::scan);
        return found;
    }

    /**
     * Everything that was found.
     *
     * @return in the order of class and member
     */
    public List<Held> all() {
        return List.copyOf(held.values());
    }

    /**
     * A task, workflow or launch plan by its name, its last part, or the member that holds it.
     *
     * @param name which one
     * @return all that are meant by it, best matches only
     */
    public List<Held> find(String name) {
        List<Held> exact = held.values().stream()
                .filter(one -> one.entity().name().equals(name))
                .toList();
        return !exact.isEmpty()
                ? exact
                : held.values().stream()
                        .filter(one -> one.entity().name().endsWith("." + name)
                                || one.member().equals(name))
                        .toList();
    }

    /** Where a task is held; the class that made it is looked through if need be. */
    Held holderOf(Task<?, ?> task) {
        String key = key(task);
        if (!held.containsKey(key)) {
            scan(task.place().owner());
        }
        Held found = held.get(key);
        if (found == null) {
            throw new DeclarationException(
                    "TASK_NOT_HELD",
                    "Task " + task.name() + " is called, but no static field holds it, so that no runner can find it.",
                    "Hold it in a static field of " + task.place().owner().getName() + ".");
        }
        return found;
    }

    private static Class<?> load(String name, ClassLoader loader) {
        try {
            return Class.forName(name, true, loader);
        } catch (ClassNotFoundException | LinkageError error) {
            Throwable cause =
                    error instanceof ExceptionInInitializerError && error.getCause() != null ? error.getCause() : error;
            if (cause instanceof DeclarationException wrong) {
                throw wrong;
            }
            throw new DeclarationException(
                    "CLASS_NOT_LOADED",
                    "Class " + name + " cannot be loaded: " + cause + ".",
                    "Build it again, with what it needs on the class path.",
                    cause);
        }
    }

    private static String key(Entity entity) {
        return entity.getClass().getSimpleName() + " " + entity.name();
    }

    private void scan(Class<?> type) {
        if (!scanned.add(type.getName())) {
            return;
        }
        List<Held> found = new ArrayList<>();
        try {
            MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(type, MethodHandles.lookup());
            for (Field field : type.getDeclaredFields()) {
                if (isHolder(field.getType(), field.getModifiers())) {
                    Object value = lookup.unreflectGetter(field).invoke();
                    found.add(new Held((Entity) value, type.getName(), field.getName()));
                }
            }
            for (Method method : type.getDeclaredMethods()) {
                if (isHolder(method.getReturnType(), method.getModifiers())
                        && method.getParameterCount() == 0
                        && !method.isSynthetic()) {
                    Object value = lookup.unreflect(method).invoke();
                    found.add(new Held((Entity) value, type.getName(), method.getName()));
                }
            }
        } catch (RuntimeException | Error error) {
            throw error;
        } catch (Throwable error) {
            throw new DeclarationException(
                    "CLASS_NOT_LOADED",
                    "What " + type.getName() + " declares cannot be read: " + error + ".",
                    "Let its static methods only declare.",
                    error);
        }
        found.stream()
                .filter(one -> one.entity() != null)
                .sorted(Comparator.comparing(Held::member))
                .forEach(this::hold);
    }

    static boolean isHolder(Class<?> type, int modifiers) {
        return Modifier.isStatic(modifiers)
                && (type == Task.class || type == Workflow.class || type == LaunchPlan.class);
    }

    private void hold(Held one) {
        Held before = held.putIfAbsent(key(one.entity()), one);
        // A companion object and its forwarders, or a field and its getter, give the same object.
        if (before != null && before.entity() != one.entity()) {
            throw new DeclarationException(
                    "DUPLICATE_NAME",
                    "Two are called " + one.entity().name() + ": " + before.owner() + "." + before.member() + " and "
                            + one.owner() + "." + one.member() + ".",
                    "Rename one; let a static method give the same object each time.");
        }
    }
}
