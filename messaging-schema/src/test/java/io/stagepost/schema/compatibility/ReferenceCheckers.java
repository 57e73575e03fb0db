package io.stagepost.schema.compatibility;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The checkers of two registries, each in a class loader of its own. */
final class ReferenceCheckers {
  /** Whether a newer version may follow an older one. */
  interface Checker {
    boolean allows(Compatibility mode, String newer, List<String> older);
  }

  private static final String APICURIO = "io.apicurio.registry.rules.compatibility.";
  private static final String CONFLUENT = "io.confluent.kafka.schemaregistry.";

  private ReferenceCheckers() {}

  /** Apicurio Registry's checker of JSON Schema or Protobuf. */
  static Checker apicurio(String name) throws Exception {
    ClassLoader loader = loader("apicurio");
    Object checker = loader.loadClass(APICURIO + name).getDeclaredConstructor().newInstance();
    Class<?> levels = loader.loadClass(APICURIO + "CompatibilityLevel");
    Method test =
        loader
            .loadClass(APICURIO + "CompatibilityChecker")
            .getMethod("testCompatibility", levels, List.class, String.class, Map.class);
    Method compatible =
        loader.loadClass(APICURIO + "CompatibilityExecutionResult").getMethod("isCompatible");
    return (mode, newer, older) ->
        (boolean)
            invoke(
                compatible,
                invoke(test, checker, constant(levels, mode.name()), older, newer, Map.of()));
  }

  /** Confluent's checker of Avro. */
  static Checker confluentAvro() throws Exception {
    ClassLoader loader = loader("confluent");
    Class<?> checkers = loader.loadClass(CONFLUENT + "avro.AvroCompatibilityChecker");
    Class<?> schemas = loader.loadClass("org.apache.avro.Schema");
    Class<?> parsers = loader.loadClass("org.apache.avro.Schema$Parser");
    Method parse = parsers.getMethod("parse", String.class);
    Method test = checkers.getMethod("isCompatible", schemas, List.class);
    return (mode, newer, older) -> {
      try {
        List<Object> before = new ArrayList<>();
        for (String one : older) {
          before.add(invoke(parse, parsers.getConstructor().newInstance(), one));
        }
        String name = mode == Compatibility.NONE ? "NO_OP_CHECKER" : mode + "_CHECKER";
        Object checker = checkers.getField(name).get(null);
        Object after = invoke(parse, parsers.getConstructor().newInstance(), newer);
        return (boolean) invoke(test, checker, after, before);
      } catch (ReflectiveOperationException broken) {
        throw new LinkageError(broken.getMessage(), broken);
      }
    };
  }

  private static ClassLoader loader(String name) throws IOException {
    Path directory = Path.of("target", "reference", name);
    List<URL> jars = new ArrayList<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path jar : files.filter(file -> file.toString().endsWith(".jar")).toList()) {
        jars.add(jar.toUri().toURL());
      }
    }
    return new URLClassLoader(jars.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
  }

  private static Object constant(Class<?> enumeration, String name) {
    for (Object constant : enumeration.getEnumConstants()) {
      if (((Enum<?>) constant).name().equals(name)) {
        return constant;
      }
    }
    throw new AssertionError(enumeration + " has no " + name);
  }

  private static Object invoke(Method method, @Nullable Object on, Object... arguments) {
    try {
      return method.invoke(on, arguments);
    } catch (InvocationTargetException failed) {
      throw new IllegalStateException(failed.getCause());
    } catch (IllegalAccessException hidden) {
      throw new AssertionError(hidden);
    }
  }
}
