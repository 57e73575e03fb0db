package io.stagepost.schema.internal.avro;

import java.lang.invoke.MethodHandle;
import org.apache.avro.Schema;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * A payload class and its schema: what is written with unless a registry says otherwise, and what
 * is read as. Immutable and thread-safe.
 */
public final class Contract {
  private final Class<?> type;
  private final Schema schema;
  private final Limits limits;

  /** Null for records, which need none of Avro's data models. */
  private final @Nullable GenericModel model;

  private Contract(Class<?> type, Schema schema, Limits limits, @Nullable GenericModel model) {
    this.type = type;
    this.schema = schema;
    this.limits = limits;
    this.model = model;
  }

  /**
   * The contract of a class.
   *
   * @param given its schema; null if it is to be derived
   * @throws Unfit if there is none, or it does not fit the class
   */
  public static Contract of(Class<?> type, @Nullable Schema given, Limits limits) {
    if (SpecificRecord.class.isAssignableFrom(type)) {
      Schema generated = SpecificData.get().getSchema(type);
      return new Contract(
          type, given == null ? generated : given, limits, GenericModel.specific(type, generated));
    }
    if (IndexedRecord.class.isAssignableFrom(type)) {
      if (given == null) {
        throw new Unfit(
            type.getName(), "says nothing of its schema; give it: Avro.codec().schema(...)");
      }
      return new Contract(type, given, limits, GenericModel.generic());
    }
    return new Contract(type, given == null ? Derivation.of(type) : given, limits, null);
  }

  public Schema schema() {
    return schema;
  }

  /** What writes payloads with a schema. */
  public interface Writer {
    /**
     * The body of a payload.
     *
     * @throws Unfit if it does not fit the schema
     */
    byte[] write(Object payload);
  }

  /** What reads bodies that were written with a schema. */
  public interface Reader {
    /**
     * The payload of a body.
     *
     * @throws Throwable {@link Malformed} if it is none; whatever a constructor throws
     */
    Object read(Input in) throws Throwable;
  }

  /**
   * What writes with a schema.
   *
   * @throws Unfit if the class does not fit it
   */
  public Writer writer(Schema with) {
    if (model != null) {
      return model.writer(with, limits);
    }
    return new Writing(RecordWriter.of(with, type), limits);
  }

  /**
   * What reads what was written with a schema.
   *
   * @throws Unfit if the class does not fit its own schema
   */
  public Reader reader(Schema writer) {
    if (model != null) {
      return model.reader(writer, schema, limits);
    }
    MethodHandle handle = RecordReader.of(writer, schema, type, limits);
    return new Reader() {
      @Override
      public Object read(Input in) throws Throwable {
        Object payload = handle.invokeExact(in);
        if (payload == null) {
          throw Malformed.because("it is null");
        }
        return payload;
      }
    };
  }

  /**
   * Makes each default that the schema says, as a reader would. Of Avro's own classes the parser
   * has done so.
   *
   * @throws Unfit if the class cannot have one of them
   */
  public void checkDefaults() {
    if (model == null) {
      RecordReader.checkDefaults(schema, type, limits);
    }
  }

  /** Remembers how large bodies are, so that most need not be copied while they grow. */
  private static final class Writing implements Writer {
    private final MethodHandle handle;
    private final Limits limits;
    private int expected = 64;

    Writing(MethodHandle handle, Limits limits) {
      this.handle = handle;
      this.limits = limits;
    }

    @Override
    public byte[] write(Object payload) {
      int room = expected;
      Output out = new Output(room, limits);
      try {
        handle.invokeExact(out, payload);
      } catch (RuntimeException | Error failure) {
        throw failure;
      } catch (Throwable failure) {
        throw new Unfit("An accessor", "failed", failure);
      }
      if (out.length() > room) {
        expected = Math.min(8_192, out.length() + out.length() / 8);
      }
      return out.toBytes();
    }
  }
}
