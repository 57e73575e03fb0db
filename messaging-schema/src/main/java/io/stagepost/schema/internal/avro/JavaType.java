package io.stagepost.schema.internal.avro;

import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedArrayType;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.AnnotatedWildcardType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The type of a record's component, or of what is in it.
 *
 * @param raw its class
 * @param arguments of a generic class
 * @param nullable whether an annotation named {@code Nullable} says that it may be null
 */
record JavaType(Class<?> raw, List<JavaType> arguments, boolean nullable) {
  static JavaType of(Class<?> type) {
    return new JavaType(type, List.of(), false);
  }

  static JavaType of(RecordComponent component, String path) {
    JavaType type = of(component.getAnnotatedType(), path);
    return nullable(component.getAnnotations())
            || nullable(component.getAccessor().getAnnotations())
        ? new JavaType(type.raw, type.arguments, true)
        : type;
  }

  private static JavaType of(AnnotatedType annotated, String path) {
    if (annotated instanceof AnnotatedWildcardType wildcard) {
      return of(wildcard.getAnnotatedUpperBounds()[0], path);
    }
    boolean nullable = nullable(annotated.getAnnotations());
    if (annotated instanceof AnnotatedParameterizedType generic) {
      List<JavaType> arguments = new ArrayList<>();
      for (AnnotatedType argument : generic.getAnnotatedActualTypeArguments()) {
        arguments.add(of(argument, path));
      }
      return new JavaType(
          (Class<?>) ((java.lang.reflect.ParameterizedType) generic.getType()).getRawType(),
          arguments,
          nullable);
    }
    Type type = annotated.getType();
    if (type instanceof Class<?> raw) {
      return new JavaType(raw, List.of(), nullable);
    }
    throw new Unfit(
        path,
        (annotated instanceof AnnotatedArrayType ? "is an array of a generic type" : "is generic")
            + "; records in Avro have no type parameters, so give it a class");
  }

  private static boolean nullable(Annotation[] annotations) {
    return Arrays.stream(annotations)
        .anyMatch(one -> one.annotationType().getSimpleName().equals("Nullable"));
  }

  boolean isOptional() {
    return raw == Optional.class;
  }

  /** The only, or the last, type argument. */
  JavaType argument(String path) {
    if (arguments.isEmpty()) {
      throw new Unfit(path, "is a " + raw.getSimpleName() + " that does not say of what");
    }
    return arguments.get(arguments.size() - 1);
  }

  boolean isUnion() {
    return raw.isSealed() && !raw.isRecord() && !raw.isEnum();
  }

  /** The records that a sealed interface permits, its sealed parts' too. */
  List<Class<?>> records(String path) {
    List<Class<?>> records = new ArrayList<>();
    collect(raw, records, path);
    return records;
  }

  private static void collect(Class<?> type, List<Class<?>> records, String path) {
    if (type.isRecord()) {
      if (!records.contains(type)) {
        records.add(type);
      }
    } else if (type.isSealed()) {
      for (Class<?> permitted : type.getPermittedSubclasses()) {
        collect(permitted, records, path);
      }
    } else {
      throw new Unfit(
          path, "permits " + type.getName() + ", which is no record; a union is one of records");
    }
  }
}
