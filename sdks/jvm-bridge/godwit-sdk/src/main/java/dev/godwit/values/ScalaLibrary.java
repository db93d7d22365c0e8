package dev.godwit.values;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The few functions of Scala's library that are needed, of the library that the user's classes have. */
final class ScalaLibrary {
    private static final String CONVERTERS = "scala.jdk.javaapi.CollectionConverters";

    private final ClassLoader loader;
    private final MethodHandles.Lookup lookup = MethodHandles.publicLookup();

    ScalaLibrary(ClassLoader loader) {
        this.loader = loader;
    }

    private Class<?> named(String name) throws ClassNotFoundException {
        return Class.forName(name, true, loader);
    }

    private interface Call {
        Object make() throws Throwable;
    }

    private static Object made(Call call) {
        try {
            return call.make();
        } catch (RuntimeException | Error error) {
            throw error;
        } catch (Throwable error) {
            throw new IllegalStateException("this Scala has no such function: Scala 2.13 or newer is wanted", error);
        }
    }

    Object option(Object value) {
        return made(() -> {
            Class<?> option = named("scala.Option");
            return lookup.findStatic(option, "apply", MethodType.methodType(option, Object.class))
                    .invoke(value);
        });
    }

    @SuppressWarnings("unchecked") // what the option holds
    <I> I orNull(Object option) {
        return (I) made(() -> {
            Class<?> of = named("scala.Option");
            boolean empty = (boolean) lookup.findVirtual(of, "isEmpty", MethodType.methodType(boolean.class))
                    .invoke(option);
            return empty
                    ? null
                    : lookup.findVirtual(of, "get", MethodType.methodType(Object.class))
                            .invoke(option);
        });
    }

    Iterable<?> items(Object collection) {
        return (Iterable<?>) made(() -> {
            MethodType type = MethodType.methodType(Iterable.class, named("scala.collection.Iterable"));
            return lookup.findStatic(named(CONVERTERS), "asJava", type).invoke(collection);
        });
    }

    Map<?, ?> entries(Object map) {
        return new HashMap<>((Map<?, ?>) made(() -> {
            MethodType type = MethodType.methodType(Map.class, named("scala.collection.Map"));
            return lookup.findStatic(named(CONVERTERS), "asJava", type).invoke(map);
        }));
    }

    /** A collection of the class of this name, by its companion. */
    Object from(String name, List<Object> items) {
        return made(() -> {
            MethodType type = MethodType.methodType(named("scala.collection.Iterable"), Iterable.class);
            return companion(
                    name, lookup.findStatic(named(CONVERTERS), "asScala", type).invoke(items));
        });
    }

    Object map(String name, Map<Object, Object> entries) {
        return made(() -> {
            MethodType type = MethodType.methodType(named("scala.collection.mutable.Map"), Map.class);
            return companion(
                    name, lookup.findStatic(named(CONVERTERS), "asScala", type).invoke(entries));
        });
    }

    private Object companion(String name, Object collection) throws Throwable {
        Class<?> module = named(name + "$");
        Object companion = lookup.findStaticGetter(module, "MODULE$", module).invoke();
        for (java.lang.reflect.Method method : module.getMethods()) {
            boolean from = method.getName().equals("from") && method.getParameterCount() == 1;
            if (from && !method.isBridge()) {
                MethodHandle handle = lookup.unreflect(method);
                return handle.invoke(companion, collection);
            }
        }
        throw new NoSuchMethodException(name + "$.from");
    }
}
