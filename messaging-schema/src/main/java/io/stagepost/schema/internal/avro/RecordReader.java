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
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.avro.Resolver;
import org.apache.avro.Resolver.Action;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.jspecify.annotations.Nullable;

/**
 * Makes of what somebody wrote with, what is to be read and a class the handle {@code (Input)T}
 * that reads it. How the two schemas are resolved is Avro's own {@link Resolver}'s business.
 *
 * <p>Two schemas that do not go together are no error here, as they may in a branch that nobody
 * writes: it is one when such a value is read.
 */
final class RecordReader {
  private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();
  private static final MethodHandle SKIP =
      Records.method(LOOKUP, Sizes.class, "skip", Schema.class, Input.class);
  private static final MethodHandle REFUSE =
      Records.method(LOOKUP, RecordReader.class, "refuse", String.class, Input.class);
  private static final MethodHandle OPTIONAL =
      Records.method(LOOKUP, RecordReader.class, "optional", Object.class);
  private static final MethodHandle AGAIN =
      Records.method(LOOKUP, RecordReader.class, "again", Again.class, Input.class);

  /** How many items a collection has room for before any has been read. */
  private static final int ROOM = 1_000;

  private final Map<String, Node> open = new HashMap<>();
  private final Map<String, MethodHandle> done = new HashMap<>();
  private final Limits limits;

  /** Whether defaults are made that are not needed, too. */
  private final boolean isThorough;

  private RecordReader(Limits limits, boolean isThorough) {
    this.limits = limits;
    this.isThorough = isThorough;
  }

  /** {@code (Input)Object}. */
  static MethodHandle of(Schema writer, Schema reader, Class<?> type, Limits limits) {
    return new RecordReader(limits, false)
        .reader(
            Resolver.resolve(writer, reader, new GenericData()),
            reader,
            JavaType.of(type),
            type.getSimpleName())
        .asType(MethodType.methodType(Object.class, Input.class));
  }

  /** Makes each default of a schema once. */
  static void checkDefaults(Schema schema, Class<?> type, Limits limits) {
    MethodHandle unused =
        new RecordReader(limits, true)
            .reader(
                Resolver.resolve(schema, schema, new GenericData()),
                schema,
                JavaType.of(type),
                type.getSimpleName());
  }

  private MethodHandle reader(Action action, Schema reader, JavaType type, String path) {
    if (type.isOptional()) {
      MethodHandle inner = reader(action, reader, type.argument(path), path);
      return MethodHandles.filterReturnValue(
          inner.asType(MethodType.methodType(Object.class, Input.class)), OPTIONAL);
    }
    if (action instanceof Resolver.WriterUnion union) {
      Schema[] readers = new Schema[union.actions.length];
      for (int i = 0; i < readers.length; i++) {
        readers[i] = union.unionEquiv ? reader.getTypes().get(i) : reader;
      }
      return node("branch", new Branches(union.actions, readers, type, path), type.raw());
    }
    if (action instanceof Resolver.ReaderUnion union) {
      return reader(union.actualAction, reader.getTypes().get(union.firstMatch), type, path);
    }
    if (action instanceof Resolver.ErrorAction error) {
      return refusal(error.writer, error.reader, type, path);
    }
    if (action instanceof Resolver.RecordAdjust record) {
      Class<?> raw = type.isUnion() ? Records.named(reader, type, path) : type.raw();
      MethodHandle handle = record(record, reader, raw, path);
      return handle.asType(MethodType.methodType(type.raw(), Input.class));
    }
    if (action instanceof Resolver.EnumAdjust symbols) {
      return node("constant", new Constants(symbols, reader, type.raw()), type.raw());
    }
    if (action instanceof Resolver.Container container) {
      return container(container, reader, type, path);
    }
    if (reader.getType() == Schema.Type.NULL) {
      return type.raw().isPrimitive()
          ? refusal(action.writer, reader, type, path)
          : MethodHandles.empty(MethodType.methodType(type.raw(), Input.class));
    }
    MethodHandle value = Values.reader(action.writer, reader, type.raw());
    return value == null
        ? refusal(action.writer, reader, type, path)
        : value.asType(MethodType.methodType(type.raw(), Input.class));
  }

  private MethodHandle container(
      Resolver.Container container, Schema reader, JavaType type, String path) {
    Class<?> raw = type.raw();
    boolean isArray = reader.getType() == Schema.Type.ARRAY;
    Schema element = isArray ? reader.getElementType() : reader.getValueType();
    MethodHandle item =
        reader(
            container.elementAction, element, type.argument(path), path + (isArray ? "[]" : "{}"));
    int size =
        Sizes.least(isArray ? container.writer.getElementType() : container.writer.getValueType());
    if (isArray) {
      return node(raw == Set.class ? "set" : "list", new Items(item, size), raw);
    }
    return node("map", new Items(item, size + 1), raw);
  }

  private static MethodHandle refusal(Schema writer, Schema reader, JavaType type, String path) {
    return MethodHandles.insertArguments(
            REFUSE,
            0,
            path
                + " was written as "
                + name(writer)
                + ", which cannot be read as "
                + name(reader)
                + " in a "
                + type.raw().getName())
        .asType(MethodType.methodType(type.raw(), Input.class));
  }

  private static String name(Schema schema) {
    String name =
        schema.getType() == Schema.Type.UNION
            ? schema.getTypes().stream().map(RecordReader::name).toList().toString()
            : schema.getFullName();
    return schema.getLogicalType() == null
        ? name
        : name + " (" + schema.getLogicalType().getName() + ")";
  }

  private MethodHandle record(
      Resolver.RecordAdjust action, Schema reader, Class<?> type, String path) {
    String name = action.writer.getFullName() + " " + reader.getFullName() + " " + type.getName();
    MethodHandle known = done.get(name);
    if (known != null) {
      return known;
    }
    Node node = open.get(name);
    if (node != null) {
      node.recursive = true;
      return node("read", node, type);
    }
    node = new Node();
    open.put(name, node);
    MethodHandle fields = fields(action, reader, type, path);
    open.remove(name);
    if (node.recursive) {
      node.record = fields.asType(MethodType.methodType(Object.class, Input.class));
      fields = node("read", node, type);
    }
    done.put(name, fields);
    return fields;
  }

  /**
   * Reads in the order in which it was written, keeps what is read as arguments, and calls the
   * constructor with them in its own order.
   */
  private MethodHandle fields(
      Resolver.RecordAdjust action, Schema reader, Class<?> type, String path) {
    RecordComponent[] components = type.getRecordComponents();
    Map<Schema.Field, Integer> places = Records.components(reader, type, path);
    int count = components.length;
    if (isThorough) {
      for (Schema.Field field : reader.getFields()) {
        if (field.hasDefaultValue()) {
          MethodHandle unused = absent(field, components[requireNonNull(places.get(field))], type);
        }
      }
    }
    // Which component comes when, from the last to the first.
    int[] when = new int[count + 1];
    Class<?>[] types = new Class<?>[count + 1];
    for (int step = 0; step < count; step++) {
      int place = requireNonNull(places.get(action.readerOrder[step]));
      when[place] = count - 1 - step;
      types[count - 1 - step] = components[place].getType();
    }
    when[count] = count;
    types[count] = Input.class;
    MethodHandle handle =
        MethodHandles.permuteArguments(
            MethodHandles.dropArguments(Records.constructor(type, path), count, Input.class),
            MethodType.methodType(type, types),
            when);
    for (int step = count - 1; step >= action.firstDefault; step--) {
      Schema.Field field = action.readerOrder[step];
      RecordComponent component = components[requireNonNull(places.get(field))];
      handle = before(handle, absent(field, component, type), step);
    }
    int step = action.firstDefault;
    for (int i = action.fieldActions.length - 1; i >= 0; i--) {
      Action one = action.fieldActions[i];
      if (one instanceof Resolver.Skip) {
        handle = before(handle, SKIP.bindTo(one.writer), step);
      } else {
        Schema.Field field = action.readerOrder[--step];
        RecordComponent component = components[requireNonNull(places.get(field))];
        String place = place(type, component);
        MethodHandle value = reader(one, field.schema(), JavaType.of(component, place), place);
        handle =
            before(
                handle,
                value.asType(MethodType.methodType(component.getType(), Input.class)),
                step);
      }
    }
    return handle;
  }

  private static String place(Class<?> type, RecordComponent component) {
    return type.getSimpleName() + "." + component.getName();
  }

  /** What reads after {@code step} values have been read, and what comes then. */
  private static MethodHandle before(MethodHandle then, MethodHandle read, int step) {
    boolean isVoid = read.type().returnType() == void.class;
    int from = isVoid ? 0 : 1;
    return MethodHandles.foldArguments(
        then,
        MethodHandles.dropArguments(
            read, 0, then.type().parameterList().subList(from, from + step)));
  }

  /** What a field is if it was not written. */
  private MethodHandle absent(Schema.Field field, RecordComponent component, Class<?> type) {
    String path = place(type, component);
    JavaType java = JavaType.of(component, path);
    byte[] body;
    try {
      Output out = new Output(32, limits);
      new GenericDatumWriter<>(field.schema(), new GenericData())
          .write(new GenericData().getDefaultValue(field), out);
      body = out.toBytes();
    } catch (java.io.IOException impossible) {
      throw new AssertionError(impossible);
    }
    MethodHandle read =
        new RecordReader(limits, false)
            .reader(
                Resolver.resolve(field.schema(), field.schema(), new GenericData()),
                field.schema(),
                java,
                path)
            .asType(MethodType.methodType(Object.class, Input.class));
    Again again = new Again(read, body, limits);
    Object value;
    try {
      value = again(again, new Input(body, 0, limits));
    } catch (Throwable failure) {
      throw new Unfit(path, "cannot have the default that its schema says", failure);
    }
    MethodHandle handle =
        isImmutable(value)
            ? MethodHandles.dropArguments(
                MethodHandles.constant(Object.class, value), 0, Input.class)
            : AGAIN.bindTo(again);
    return handle.asType(MethodType.methodType(component.getType(), Input.class));
  }

  private static boolean isImmutable(@Nullable Object value) {
    return value == null
        || value instanceof String
        || value instanceof Number
        || value instanceof Boolean
        || value instanceof Enum
        || value.equals(Optional.empty())
        || value instanceof java.time.temporal.Temporal;
  }

  /** A default that is made anew each time, as somebody may change it. */
  private record Again(MethodHandle read, byte[] body, Limits limits) {}

  static @Nullable Object again(Again again, Input in) throws Throwable {
    return again.read.invoke(new Input(again.body, 0, again.limits));
  }

  static Optional<?> optional(@Nullable Object value) {
    return Optional.ofNullable(value);
  }

  @SuppressWarnings("DoNotCallSuggester") // it is a value's reader, as others are
  static @Nullable Object refuse(String why, Input in) {
    throw Malformed.because(why);
  }

  /** A method of an object of ours as the reader of a {@code raw}. */
  private static MethodHandle node(String name, Object node, Class<?> raw) {
    return Records.method(LOOKUP, node.getClass(), name, Input.class)
        .bindTo(node)
        .asType(MethodType.methodType(raw, Input.class));
  }

  /** A record that holds itself, somewhere: reached by a field, so that the tree has an end. */
  private static final class Node {
    private boolean recursive;
    private @Nullable MethodHandle record;

    @SuppressWarnings("unused") // by its handle
    Object read(Input in) throws Throwable {
      in.enter();
      Object value = requireNonNull(record).invokeExact(in);
      in.leave();
      return value;
    }
  }

  private static final class Items {
    private final MethodHandle item;
    private final int size;

    Items(MethodHandle item, int size) {
      this.item = item.asType(MethodType.methodType(Object.class, Input.class));
      this.size = size;
    }

    @SuppressWarnings("unused") // by its handle
    List<@Nullable Object> list(Input in) throws Throwable {
      int count = in.block(size);
      List<@Nullable Object> items = new ArrayList<>(Math.min(ROOM, count));
      fill(items, count, in);
      return items;
    }

    @SuppressWarnings("unused") // by its handle
    Set<@Nullable Object> set(Input in) throws Throwable {
      int count = in.block(size);
      Set<@Nullable Object> items = new LinkedHashSet<>(Math.min(ROOM, count));
      fill(items, count, in);
      return items;
    }

    private void fill(Collection<@Nullable Object> items, int first, Input in) throws Throwable {
      for (int count = first; count > 0; count = in.block(size)) {
        for (int i = 0; i < count; i++) {
          Object value = item.invokeExact(in);
          items.add(value);
        }
      }
    }

    @SuppressWarnings("unused") // by its handle
    Map<String, @Nullable Object> map(Input in) throws Throwable {
      int count = in.block(size);
      Map<String, @Nullable Object> entries = new LinkedHashMap<>(Math.min(ROOM, count));
      for (; count > 0; count = in.block(size)) {
        for (int i = 0; i < count; i++) {
          String key = in.readString();
          Object value = item.invokeExact(in);
          entries.put(key, value);
        }
      }
      return entries;
    }
  }

  /** Enum constants by the writer's symbols. */
  private static final class Constants {
    private final @Nullable Object[] constants;

    Constants(Resolver.EnumAdjust symbols, Schema reader, Class<?> type) {
      this.constants = new Object[symbols.adjustments.length];
      for (int i = 0; i < constants.length; i++) {
        int symbol = symbols.adjustments[i];
        if (symbol >= 0) {
          String name = reader.getEnumSymbols().get(symbol);
          constants[i] =
              Arrays.stream(type.getEnumConstants())
                  .filter(one -> ((Enum<?>) one).name().equals(name))
                  .findAny()
                  .orElse(null);
        }
      }
    }

    @SuppressWarnings("unused") // by its handle
    Object constant(Input in) {
      Object constant = constants[in.index(constants.length)];
      if (constant == null) {
        throw Malformed.because(
            "an enum has a symbol that its reader does not know, and there is no default for it");
      }
      return constant;
    }
  }

  private final class Branches {
    private final MethodHandle[] branches;

    Branches(Action[] actions, Schema[] readers, JavaType type, String path) {
      this.branches = new MethodHandle[actions.length];
      for (int i = 0; i < branches.length; i++) {
        branches[i] =
            reader(actions[i], readers[i], type, path)
                .asType(MethodType.methodType(Object.class, Input.class));
      }
    }

    @SuppressWarnings("unused") // by its handle
    @Nullable Object branch(Input in) throws Throwable {
      return branches[in.index(branches.length)].invokeExact(in);
    }
  }
}
