package io.stagepost.schema.internal.avro;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.avro.Schema;

/** Which component of a record class is which field of its schema, and how they are got at. */
final class Records {
  private Records() {}

  /** The place of the component of each field. */
  static Map<Schema.Field, Integer> components(Schema schema, Class<?> type, String path) {
    RecordComponent[] components = type.getRecordComponents();
    Map<Schema.Field, Integer> places = new LinkedHashMap<>();
    Set<String> left = new TreeSet<>();
    Arrays.stream(components).forEach(component -> left.add(component.getName()));
    Set<String> missing = new TreeSet<>();
    for (Schema.Field field : schema.getFields()) {
      int place = place(field, components);
      if (place < 0 || !left.remove(components[place].getName())) {
        missing.add(field.name());
      } else {
        places.put(field, place);
      }
    }
    if (!missing.isEmpty() || !left.isEmpty()) {
      throw new Unfit(
          path,
          "and the schema "
              + schema.getFullName()
              + " do not match: "
              + type.getName()
              + " has no components for the fields "
              + missing
              + ", and the schema no fields for the components "
              + left
              + ". They are matched by name, or by an alias of the field");
    }
    return places;
  }

  private static int place(Schema.Field field, RecordComponent[] components) {
    int byAlias = -1;
    for (int i = 0; i < components.length; i++) {
      String name = components[i].getName();
      if (name.equals(field.name())) {
        return i;
      }
      if (field.aliases().contains(name)) {
        byAlias = i;
      }
    }
    return byAlias;
  }

  /** Which of several record classes a branch of a union is for: the one of its name. */
  static Class<?> named(Schema schema, JavaType type, String path) {
    for (Class<?> record : type.records(path)) {
      if (isNamed(schema, record)) {
        return record;
      }
    }
    throw new Unfit(
        path,
        "has the branch "
            + schema.getFullName()
            + ", and "
            + type.raw().getName()
            + " permits no record of that name");
  }

  private static boolean isNamed(Schema schema, Class<?> record) {
    return schema.getType() == Schema.Type.RECORD
        && (schema.getName().equals(record.getSimpleName())
            || schema.getAliases().stream()
                .anyMatch(
                    alias ->
                        alias
                            .substring(alias.lastIndexOf('.') + 1)
                            .equals(record.getSimpleName())));
  }

  /** {@code (R)T}. */
  static MethodHandle accessor(Class<?> type, RecordComponent component, String path) {
    try {
      return lookup(type).unreflect(component.getAccessor());
    } catch (IllegalAccessException closed) {
      throw closed(type, path, closed);
    }
  }

  /** {@code (T...)R}. */
  static MethodHandle constructor(Class<?> type, String path) {
    Class<?>[] parameters =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      return lookup(type).findConstructor(type, MethodType.methodType(void.class, parameters));
    } catch (IllegalAccessException closed) {
      throw closed(type, path, closed);
    } catch (NoSuchMethodException impossible) {
      throw new LinkageError(impossible.getMessage(), impossible);
    }
  }

  private static MethodHandles.Lookup lookup(Class<?> type) throws IllegalAccessException {
    return MethodHandles.privateLookupIn(type, MethodHandles.lookup());
  }

  private static Unfit closed(Class<?> type, String path, IllegalAccessException cause) {
    return new Unfit(
        path,
        "is a "
            + type.getName()
            + ", which its module does not open; write \"opens "
            + type.getPackageName()
            + "\" in its module-info.java",
        cause);
  }

  /** A method of one of the classes here. */
  static MethodHandle method(
      MethodHandles.Lookup lookup, Class<?> owner, String name, Class<?>... types) {
    for (Method method : owner.getDeclaredMethods()) {
      if (method.getName().equals(name) && Arrays.equals(method.getParameterTypes(), types)) {
        try {
          return lookup.unreflect(method);
        } catch (IllegalAccessException impossible) {
          throw new LinkageError(impossible.getMessage(), impossible);
        }
      }
    }
    throw new AssertionError(name);
  }
}
