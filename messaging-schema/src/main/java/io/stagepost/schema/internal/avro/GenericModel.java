package io.stagepost.schema.internal.avro;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Resolver;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.DatumWriter;
import org.apache.avro.io.ResolvingDecoder;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificFixed;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/** Generated classes and generic records: read and written by Avro itself. */
final class GenericModel {
  private final GenericData data;
  private final @Nullable Class<?> generated;

  private GenericModel(GenericData data, @Nullable Class<?> generated) {
    this.data = data;
    this.generated = generated;
  }

  static GenericModel generic() {
    return new GenericModel(new GenericData(), null);
  }

  static GenericModel specific(Class<?> type, Schema schema) {
    return new GenericModel(new ContractData(type, schema), type);
  }

  Contract.Writer writer(Schema schema, Limits limits) {
    DatumWriter<Object> writer =
        data instanceof SpecificData specific
            ? new SpecificDatumWriter<>(schema, specific)
            : new GenericDatumWriter<>(schema, data);
    return payload -> {
      Schema own = ((IndexedRecord) payload).getSchema();
      if (!own.equals(schema)) {
        throw new Unfit(
            own.getFullName(),
            "has a schema other than the "
                + schema.getFullName()
                + " that is to be written; give the codec the schema of the records");
      }
      Output out = new Output(128, limits);
      try {
        writer.write(payload, out);
      } catch (IOException impossible) {
        throw new AssertionError(impossible);
      }
      return out.toBytes();
    };
  }

  Contract.Reader reader(Schema writer, Schema reader, Limits limits) {
    String unlike = unlike(writer, reader);
    if (unlike != null) {
      return in -> {
        throw Malformed.because(unlike);
      };
    }
    if (Sizes.isRecursive(writer) || Sizes.isRecursive(reader)) {
      // Avro's faster reader has no place where depth could be counted.
      return in -> deep(writer, reader, in).read(null, in);
    }
    DatumReader<Object> fast =
        data instanceof SpecificData specific
            ? new SpecificDatumReader<>(writer, reader, specific)
            : new GenericDatumReader<>(writer, reader, data);
    return in -> fast.read(null, in);
  }

  private DatumReader<Object> deep(Schema writer, Schema reader, Input in) {
    if (generated == null) {
      GenericData slow = new GenericData();
      slow.setFastReaderEnabled(false);
      return new GenericDatumReader<>(writer, reader, slow) {
        @Override
        protected Object readRecord(@Nullable Object old, Schema expected, ResolvingDecoder from)
            throws IOException {
          in.enter();
          Object record = super.readRecord(old, expected, from);
          in.leave();
          return record;
        }
      };
    }
    ContractData slow = new ContractData(generated, SpecificData.get().getSchema(generated));
    slow.setFastReaderEnabled(false);
    return new SpecificDatumReader<>(writer, reader, slow) {
      @Override
      protected Object readRecord(@Nullable Object old, Schema expected, ResolvingDecoder from)
          throws IOException {
        in.enter();
        Object record = super.readRecord(old, expected, from);
        in.leave();
        return record;
      }
    };
  }

  /**
   * Where two schemas mean different things by the same bytes: Avro would read milliseconds as
   * microseconds, and one scale as another.
   */
  private static @Nullable String unlike(Schema writer, Schema reader) {
    Set<Resolver.Action> seen = new HashSet<>();
    Deque<Resolver.Action> left = new ArrayDeque<>();
    left.add(Resolver.resolve(writer, reader, new GenericData()));
    while (!left.isEmpty()) {
      Resolver.Action action = left.remove();
      if (!seen.add(action)) {
        continue;
      }
      if (action instanceof Resolver.RecordAdjust record) {
        left.addAll(java.util.Arrays.asList(record.fieldActions));
      } else if (action instanceof Resolver.Container container) {
        left.add(container.elementAction);
      } else if (action instanceof Resolver.WriterUnion union) {
        left.addAll(java.util.Arrays.asList(union.actions));
      } else if (action instanceof Resolver.ReaderUnion union) {
        left.add(union.actualAction);
      } else if (action.reader != null) {
        LogicalType written = action.writer.getLogicalType();
        LogicalType read = action.reader.getLogicalType();
        if (written != null && read != null && !Objects.equals(unit(written), unit(read))) {
          return "it was written as " + unit(written) + ", which cannot be read as " + unit(read);
        }
      }
    }
    return null;
  }

  private static String unit(LogicalType type) {
    return type instanceof LogicalTypes.Decimal decimal
        ? "decimal with scale " + decimal.getScale()
        : type.getName();
  }

  /**
   * Avro asks a list of trusted classes, one for the whole process, before it makes an instance of
   * a class that a schema names. It need not be asked, or opened to anybody: the classes of a
   * contract are those that its generated class is made of, known by name beforehand, and no other
   * class is ever looked for.
   */
  private static final class ContractData extends SpecificData {
    private final Map<String, Class<?>> classes = new HashMap<>();

    ContractData(Class<?> type, Schema schema) {
      super(type.getClassLoader());
      SpecificData.getForClass(type).getConversions().forEach(this::addLogicalTypeConversion);
      collect(schema, new HashSet<>());
      classes.put(schema.getFullName(), type);
    }

    private void collect(Schema schema, Set<Schema> seen) {
      switch (schema.getType()) {
        case ARRAY -> collect(schema.getElementType(), seen);
        case MAP -> collect(schema.getValueType(), seen);
        case UNION -> schema.getTypes().forEach(branch -> collect(branch, seen));
        case RECORD -> {
          if (seen.add(schema)) {
            add(schema, SpecificRecord.class);
            schema.getFields().forEach(field -> collect(field.schema(), seen));
          }
        }
        case ENUM -> add(schema, Enum.class);
        case FIXED -> add(schema, SpecificFixed.class);
        default -> {}
      }
    }

    private void add(Schema schema, Class<?> kind) {
      try {
        Class<?> type = Class.forName(getClassName(schema), false, getClassLoader());
        if (kind.isAssignableFrom(type)) {
          classes.put(schema.getFullName(), type);
        }
      } catch (ClassNotFoundException none) {
        // Then it is read as a generic record, enum or fixed, as Avro does.
      }
    }

    @Override
    public @Nullable Class<?> getClass(Schema schema) {
      return switch (schema.getType()) {
        case RECORD, ENUM, FIXED -> classes.get(schema.getFullName());
        default -> super.getClass(schema);
      };
    }
  }
}
