package io.stagepost.schema.internal.avro;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Makes of a schema and a class the handle {@code (Output, T)void} that writes it. Whatever does
 * not fit is found here, before anything is written.
 */
@SuppressWarnings("StatementSwitchToExpressionSwitch") // as cases fall out to one refusal
final class RecordWriter {
  private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();
  private static final MethodHandle IS_NULL =
      Records.method(LOOKUP, RecordWriter.class, "isNull", Object.class);
  private static final MethodHandle PRESENT =
      Records.method(LOOKUP, RecordWriter.class, "present", String.class, Object.class);
  private static final MethodHandle VALUE =
      Records.method(LOOKUP, RecordWriter.class, "value", Object.class);
  private static final MethodHandle INDEX =
      Records.method(LOOKUP, RecordWriter.class, "index", int.class, Output.class);

  private record Key(Schema schema, Class<?> type) {}

  private final Map<String, Node> open = new HashMap<>();
  private final Map<Key, MethodHandle> done = new HashMap<>();

  private RecordWriter() {}

  /** {@code (Output, Object)void}. */
  static MethodHandle of(Schema schema, Class<?> type) {
    return new RecordWriter()
        .writer(schema, JavaType.of(type), type.getSimpleName())
        .asType(MethodType.methodType(void.class, Output.class, Object.class));
  }

  /** Writes what is not null, and refuses what is. */
  private MethodHandle writer(Schema schema, JavaType type, String path) {
    if (type.isOptional()) {
      return MethodHandles.filterArguments(
          writer(schema, type.argument(path), path)
              .asType(MethodType.methodType(void.class, Output.class, Object.class)),
          1,
          VALUE);
    }
    if (schema.isUnion()) {
      return union(schema, type, path);
    }
    MethodHandle writer = required(schema, type, path);
    if (type.raw().isPrimitive()) {
      return writer;
    }
    MethodHandle boxed = writer.asType(MethodType.methodType(void.class, Output.class, type.raw()));
    return MethodHandles.filterArguments(
        boxed, 1, PRESENT.bindTo(path).asType(MethodType.methodType(type.raw(), type.raw())));
  }

  private MethodHandle required(Schema schema, JavaType type, String path) {
    Class<?> raw = type.raw();
    if (type.isUnion()) {
      return union(schema, type, path);
    }
    switch (schema.getType()) {
      case RECORD:
        if (raw.isRecord()) {
          return record(schema, raw, path);
        }
        break;
      case ENUM:
        if (raw.isEnum()) {
          return new Constants(schema, raw, path).handle(raw);
        }
        break;
      case ARRAY:
        if (raw == List.class || raw == Collection.class || raw == Set.class) {
          MethodHandle item = writer(schema.getElementType(), type.argument(path), path + "[]");
          return node("items", new Items(item, raw == Set.class), Collection.class, raw);
        }
        break;
      case MAP:
        if (raw == Map.class && type.argument(path) != null) {
          MethodHandle value = writer(schema.getValueType(), type.argument(path), path + "{}");
          return node("entries", new Entries(value, path), Map.class, raw);
        }
        break;
      default:
        MethodHandle value = Values.writer(schema, raw, path);
        if (value != null) {
          return value;
        }
    }
    throw unfit(schema, raw, path);
  }

  private static Unfit unfit(Schema schema, Class<?> raw, String path) {
    return new Unfit(
        path,
        "is a "
            + raw.getName()
            + ", which is not what Avro's "
            + name(schema)
            + " is mapped to; docs/guide/avro.md lists what is");
  }

  private static String name(Schema schema) {
    return schema.getLogicalType() == null
        ? schema.getType().getName()
        : schema.getType().getName()
            + " with the logical type "
            + schema.getLogicalType().getName();
  }

  private MethodHandle union(Schema schema, JavaType type, String path) {
    List<Schema> branches = schema.isUnion() ? schema.getTypes() : List.of(schema);
    int absent = -1;
    List<Integer> present = new ArrayList<>();
    for (int i = 0; i < branches.size(); i++) {
      if (branches.get(i).getType() == Schema.Type.NULL) {
        absent = i;
      } else {
        present.add(i);
      }
    }
    MethodHandle writer;
    if (type.isUnion()) {
      writer = node("branch", new Branches(schema, branches, type, path), Object.class, type.raw());
    } else if (present.size() == 1) {
      int only = present.get(0);
      writer = indexed(only, required(branches.get(only), type, path));
    } else {
      throw new Unfit(
          path,
          "is a union of "
              + branches.size()
              + " branches; besides [null, T] there are unions of records, and they are mapped to a"
              + " sealed interface of records");
    }
    Class<?> raw = type.raw();
    if (raw.isPrimitive()) {
      if (absent >= 0) {
        throw new Unfit(path, "may be null in its schema, and never as a " + raw.getName());
      }
      return writer;
    }
    MethodType boxed = MethodType.methodType(void.class, Output.class, raw);
    if (absent < 0) {
      return MethodHandles.filterArguments(
          writer.asType(boxed), 1, PRESENT.bindTo(path).asType(MethodType.methodType(raw, raw)));
    }
    return MethodHandles.guardWithTest(
        MethodHandles.dropArguments(
            IS_NULL.asType(MethodType.methodType(boolean.class, raw)), 0, Output.class),
        MethodHandles.dropArguments(indexOf(absent), 1, raw),
        writer.asType(boxed));
  }

  /** {@code (Output)void}. */
  private static MethodHandle indexOf(int branch) {
    return MethodHandles.insertArguments(INDEX, 0, branch);
  }

  private static MethodHandle indexed(int branch, MethodHandle writer) {
    return MethodHandles.foldArguments(writer, indexOf(branch));
  }

  /** A method of an object of ours as the writer of a {@code raw}. */
  private static MethodHandle node(String name, Object node, Class<?> parameter, Class<?> raw) {
    return Records.method(LOOKUP, node.getClass(), name, Output.class, parameter)
        .bindTo(node)
        .asType(MethodType.methodType(void.class, Output.class, raw));
  }

  private MethodHandle record(Schema schema, Class<?> type, String path) {
    Key key = new Key(schema, type);
    MethodHandle known = done.get(key);
    if (known != null) {
      return known;
    }
    String name = schema.getFullName() + " " + type.getName();
    Node node = open.get(name);
    if (node != null) {
      node.recursive = true;
      return node("write", node, Object.class, type);
    }
    node = new Node(path);
    open.put(name, node);
    MethodHandle fields = fields(schema, type, path);
    open.remove(name);
    if (node.recursive) {
      node.record = fields.asType(MethodType.methodType(void.class, Output.class, Object.class));
      fields = node("write", node, Object.class, type);
    }
    done.put(key, fields);
    return fields;
  }

  private MethodHandle fields(Schema schema, Class<?> type, String path) {
    RecordComponent[] components = type.getRecordComponents();
    MethodHandle all = MethodHandles.empty(MethodType.methodType(void.class, Output.class, type));
    List<Map.Entry<Schema.Field, Integer>> fields =
        new ArrayList<>(Records.components(schema, type, path).entrySet());
    for (int i = fields.size() - 1; i >= 0; i--) {
      RecordComponent component = components[fields.get(i).getValue()];
      String place = type.getSimpleName() + "." + component.getName();
      MethodHandle writer =
          writer(fields.get(i).getKey().schema(), JavaType.of(component, place), place);
      MethodHandle accessor = Records.accessor(type, component, place);
      all =
          MethodHandles.foldArguments(
              all,
              MethodHandles.filterArguments(
                  writer.asType(writer.type().changeParameterType(1, component.getType())),
                  1,
                  accessor));
    }
    return all;
  }

  static boolean isNull(@Nullable Object value) {
    return value == null;
  }

  static Object present(String path, @Nullable Object value) {
    if (value == null) {
      throw new Unfit(path, "is null, and its schema allows none; say @Nullable or Optional");
    }
    return value;
  }

  static @Nullable Object value(@Nullable Object value) {
    return value == null ? null : ((Optional<?>) value).orElse(null);
  }

  static void index(int branch, Output out) {
    out.writeIndex(branch);
  }

  /** A record that holds itself, somewhere: reached by a field, so that the tree has an end. */
  private static final class Node {
    private final String path;
    private boolean recursive;
    private @Nullable MethodHandle record;

    Node(String path) {
      this.path = path;
    }

    @SuppressWarnings("unused") // by its handle
    void write(Output out, Object value) throws Throwable {
      out.enter(path);
      requireNonNull(record).invokeExact(out, value);
      out.leave();
    }
  }

  private static final class Items {
    private final MethodHandle item;
    private final boolean sorted;

    Items(MethodHandle item, boolean sorted) {
      this.item = item.asType(MethodType.methodType(void.class, Output.class, Object.class));
      this.sorted = sorted;
    }

    @SuppressWarnings("unused") // by its handle
    void items(Output out, Collection<?> items) throws Throwable {
      out.setItemCount(items.size());
      int[] starts = new int[sorted ? items.size() : 0];
      int i = 0;
      for (Object value : items) {
        if (sorted) {
          starts[i++] = out.length();
        }
        item.invokeExact(out, value);
      }
      if (sorted) {
        out.sort(starts);
      }
      out.writeArrayEnd();
    }
  }

  private static final class Entries {
    private final MethodHandle value;
    private final String path;

    Entries(MethodHandle value, String path) {
      this.value = value.asType(MethodType.methodType(void.class, Output.class, Object.class));
      this.path = path;
    }

    @SuppressWarnings("unused") // by its handle
    void entries(Output out, Map<?, ?> map) throws Throwable {
      out.setItemCount(map.size());
      Object[] keys = map.keySet().toArray();
      for (Object key : keys) {
        if (!(key instanceof String)) {
          throw new Unfit(path, "has a key that is no string");
        }
      }
      Arrays.sort(keys);
      for (Object key : keys) {
        out.writeString((String) key);
        Object one = map.get(key);
        value.invokeExact(out, one);
      }
      out.writeMapEnd();
    }
  }

  /** Enum constants by their ordinals. */
  private static final class Constants {
    private final int[] symbols;
    private final String path;

    Constants(Schema schema, Class<?> type, String path) {
      Object[] constants = type.getEnumConstants();
      this.symbols = new int[constants.length];
      this.path = path;
      List<String> left = new ArrayList<>(schema.getEnumSymbols());
      for (int i = 0; i < constants.length; i++) {
        String name = ((Enum<?>) constants[i]).name();
        symbols[i] = schema.getEnumSymbols().indexOf(name);
        left.remove(name);
      }
      if (!left.isEmpty()) {
        throw new Unfit(path, "is a " + type.getName() + ", which has no constants for " + left);
      }
    }

    MethodHandle handle(Class<?> type) {
      return node("write", this, Enum.class, type);
    }

    @SuppressWarnings({"unused", "EnumOrdinal"}) // by its handle; an index of one process
    void write(Output out, Enum<?> value) {
      int symbol = symbols[value.ordinal()];
      if (symbol < 0) {
        throw new Unfit(path, "is a constant that its schema has no symbol for");
      }
      out.writeEnum(symbol);
    }
  }

  private final class Branches {
    private final Class<?>[] types;
    private final int[] indexes;
    private final MethodHandle[] writers;
    private final boolean isUnion;
    private final String path;

    Branches(Schema schema, List<Schema> branches, JavaType type, String path) {
      List<Class<?>> left = type.records(path);
      int count = (int) branches.stream().filter(one -> one.getType() != Schema.Type.NULL).count();
      this.types = new Class<?>[count];
      this.indexes = new int[count];
      this.writers = new MethodHandle[count];
      this.isUnion = schema.isUnion();
      this.path = path;
      int at = 0;
      for (int i = 0; i < branches.size(); i++) {
        Schema branch = branches.get(i);
        if (branch.getType() != Schema.Type.NULL) {
          Class<?> record = Records.named(branch, type, path);
          left.remove(record);
          types[at] = record;
          indexes[at] = i;
          writers[at++] =
              record(branch, record, path)
                  .asType(MethodType.methodType(void.class, Output.class, Object.class));
        }
      }
      if (!left.isEmpty()) {
        throw new Unfit(path, "is a union without branches for " + left);
      }
    }

    @SuppressWarnings("unused") // by its handle
    void branch(Output out, Object value) throws Throwable {
      for (int i = 0; i < types.length; i++) {
        if (types[i] == value.getClass()) {
          if (isUnion) {
            out.writeIndex(indexes[i]);
          }
          writers[i].invokeExact(out, value);
          return;
        }
      }
      throw new Unfit(path, "is a " + value.getClass().getName() + ", no branch of its union");
    }
  }
}
