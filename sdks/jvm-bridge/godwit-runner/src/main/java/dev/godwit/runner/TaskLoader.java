package dev.godwit.runner;

import dev.godwit.digest.TypeDigest;
import dev.godwit.errors.GodwitException;
import dev.godwit.idl.core.v1.TaskSpec;
import dev.godwit.idl.core.v1.Type;
import dev.godwit.interfaces.Inputs;
import dev.godwit.interfaces.Outputs;
import dev.godwit.runtime.RunnableTask;
import dev.godwit.types.TypeText;
import dev.godwit.values.Codecs;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Tasks by the two arguments that their specs carry: a class, and a static member that holds or gives the task. */
final class TaskLoader {
    private static final int ARGUMENTS = 2;

    private final Map<String, ClassLoader> classes = new HashMap<>();
    private final Map<ClassLoader, Codecs> codecs = new HashMap<>();

    /**
     * Loads a task.
     *
     * @param spec its spec
     * @param sourceRoot the jar or folder that its classes are in; empty: they are the runner's own
     * @return the task
     * @throws RunnerException it cannot be loaded, or is not what was registered
     */
    LoadedTask load(TaskSpec spec, String sourceRoot) {
        String name = spec.getId().getName();
        List<String> arguments = spec.getProgram().getArgumentsList();
        if (arguments.size() != ARGUMENTS) {
            throw RunnerException.load(
                    "Task " + name + " is to be run with " + arguments.size()
                            + " arguments; expected a class and the name of a member.",
                    "Build and register it again.",
                    null);
        }
        ClassLoader loader = classes.computeIfAbsent(sourceRoot, TaskClasses::of);
        String place = sourceRoot.isEmpty() ? "the runner's class path" : sourceRoot;
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(loader);
        try {
            RunnableTask task = find(name, arguments.get(0), arguments.get(1), loader, place);
            LoadedTask loaded =
                    translated(spec, task, loader, codecs.computeIfAbsent(loader, any -> Codecs.standard()));
            check(loaded, place);
            return loaded;
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private static RunnableTask find(String name, String owner, String member, ClassLoader loader, String place) {
        Object found;
        try {
            Class<?> type = Class.forName(owner, true, loader);
            found = getter(type, member)
                    .orElseThrow(() -> RunnerException.load(
                            "Task " + name + ": class " + owner + " has no static field, and no static method without"
                                    + " parameters, called " + member + ".",
                            "Build and register it again after renaming one.",
                            null))
                    .invoke();
        } catch (RunnerException error) {
            throw error;
        } catch (ClassNotFoundException error) {
            throw RunnerException.load(
                    "Task " + name + ": there is no class " + owner + " in " + place + ".",
                    "Build and register it again: it was renamed, or the jar is another one.",
                    error);
        } catch (UnsupportedClassVersionError error) {
            throw RunnerException.load(
                    "Task " + name + ": " + owner + " was compiled for a newer Java than "
                            + Runtime.version().feature() + ".",
                    "Run it with that Java: set JAVA_HOME.",
                    error);
        } catch (NoClassDefFoundError error) {
            throw RunnerException.load(
                    "Task " + name + ": " + owner + " needs the class " + error.getMessage() + ", which is not in "
                            + place + ".",
                    "Put what a task needs into its jar, as the shade plugin does.",
                    error);
        } catch (Throwable error) {
            throw RunnerException.load(
                    "Task " + name + ": loading " + owner + " raised " + cause(error) + ".",
                    "Run the class alone: what it needs must be there where tasks run.",
                    cause(error));
        }
        if (found instanceof RunnableTask task) {
            return task;
        }
        String came = found == null ? "null" : "a " + found.getClass().getName();
        throw RunnerException.load(
                "Task " + name + ": " + owner + "." + member + " is no task but " + came + ".",
                "Declare it as a task; register again after changing it.",
                null);
    }

    private static Throwable cause(Throwable error) {
        return error instanceof ExceptionInInitializerError && error.getCause() != null ? error.getCause() : error;
    }

    private static Optional<MethodHandle> getter(Class<?> type, String member) throws IllegalAccessException {
        MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(type, MethodHandles.lookup());
        for (java.lang.reflect.Field field : type.getDeclaredFields()) {
            if (field.getName().equals(member) && Modifier.isStatic(field.getModifiers())) {
                return Optional.of(lookup.unreflectGetter(field).asType(MethodType.methodType(Object.class)));
            }
        }
        for (Method method : type.getDeclaredMethods()) {
            boolean isStatic = Modifier.isStatic(method.getModifiers());
            if (method.getName().equals(member) && isStatic && method.getParameterCount() == 0) {
                return Optional.of(lookup.unreflect(method).asType(MethodType.methodType(Object.class)));
            }
        }
        return Optional.empty();
    }

    private static LoadedTask translated(TaskSpec spec, RunnableTask task, ClassLoader loader, Codecs codecs) {
        try {
            Inputs<?> inputs = Inputs.of(codecs, task.inputRecord());
            return new LoadedTask(spec, task, inputs, Outputs.of(codecs, task.outputType()), loader);
        } catch (GodwitException error) {
            String name = spec.getId().getName();
            throw RunnerException.load("Task " + name + ": " + error.getMessage(), error.hint(), error);
        }
    }

    /** Refuses a task whose types are others than those that it was registered with. */
    private static void check(LoadedTask loaded, String place) {
        Map<String, Type> inputs = new LinkedHashMap<>();
        loaded.spec().getInterface().getInputsList().forEach(one -> inputs.put(one.getName(), one.getType()));
        Map<String, Type> inputsNow = new LinkedHashMap<>();
        loaded.inputs().declared().forEach(one -> inputsNow.put(one.getName(), one.getType()));
        compare(loaded, place, "input", inputs, inputsNow);
        Map<String, Type> outputs = new LinkedHashMap<>();
        loaded.spec().getInterface().getOutputsList().forEach(one -> outputs.put(one.getName(), one.getType()));
        Map<String, Type> outputsNow = new LinkedHashMap<>();
        loaded.outputs().declared().forEach(one -> outputsNow.put(one.getName(), one.getType()));
        compare(loaded, place, "output", outputs, outputsNow);
    }

    private static void compare(
            LoadedTask loaded, String place, String noun, Map<String, Type> before, Map<String, Type> now) {
        if (!List.copyOf(before.keySet()).equals(List.copyOf(now.keySet()))) {
            throw changed(loaded, place, noun + "s " + shown(before.keySet()), noun + "s " + shown(now.keySet()));
        }
        before.forEach((name, type) -> {
            if (!Arrays.equals(TypeDigest.digest(type), TypeDigest.digest(now.get(name)))) {
                String was = noun + " " + name + " of type " + TypeText.render(type);
                throw changed(loaded, place, was, "type " + TypeText.render(now.get(name)));
            }
        });
    }

    private static String shown(Iterable<String> names) {
        String joined = String.join(", ", names);
        return joined.isEmpty() ? "none" : joined;
    }

    private static RunnerException changed(LoadedTask loaded, String place, String before, String now) {
        return RunnerException.load(
                "Task " + loaded.spec().getId().getName() + " was registered with the " + before + "; that of " + place
                        + " now has the " + now + ".",
                "Register it again: its interface has changed.",
                null);
    }
}
