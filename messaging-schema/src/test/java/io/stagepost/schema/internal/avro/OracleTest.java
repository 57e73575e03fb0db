package io.stagepost.schema.internal.avro;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What Avro's own generic reader and writer make of the same bytes. */
class OracleTest {
  private static final Limits LIMITS = new Limits(1 << 20, 100, 100_000);
  private static final Schema SCHEMA = new Schema.Parser().parse(Sample.SCHEMA);
  private static final Contract CONTRACT = Contract.of(Sample.class, SCHEMA, LIMITS);
  private static final int ROUNDS = Integer.getInteger("avro.rounds", 500);

  @Test
  void avro_reads_what_we_write_and_we_read_what_avro_writes() throws Throwable {
    Contract.Reader reader = CONTRACT.reader(SCHEMA);
    Contract.Writer writer = CONTRACT.writer(SCHEMA);
    for (long seed = 0; seed < ROUNDS; seed++) {
      Object datum = new RandomData(seed).datum(SCHEMA);
      byte[] theirs = write(datum, SCHEMA);
      Object sample = read(reader, theirs);
      byte[] ours = writer.write(sample);
      assertThat(ours).as("seed %d", seed).hasSameSizeAs(theirs);
      assertThat(readByAvro(ours, SCHEMA, SCHEMA)).as("seed %d", seed).isEqualTo(datum);
      assertThat(read(reader, ours)).as("seed %d", seed).isEqualTo(sample);
    }
  }

  @Test
  void what_other_versions_wrote_is_resolved_as_avro_does() throws Throwable {
    Contract.Writer writer = CONTRACT.writer(SCHEMA);
    int readable = 0;
    int unreadable = 0;
    for (long seed = 0; seed < ROUNDS; seed++) {
      RandomData random = new RandomData(seed);
      Schema theirs = random.another(SCHEMA);
      byte[] body = write(random.datum(theirs), theirs);
      Contract.Reader reader = CONTRACT.reader(theirs);
      Object expected;
      try {
        expected = readByAvro(body, theirs, SCHEMA);
      } catch (AvroRuntimeException incompatible) {
        unreadable++;
        assertThatThrownBy(() -> read(reader, body))
            .as("seed %d, %s", seed, incompatible)
            .isInstanceOf(Malformed.class);
        continue;
      } catch (EOFException mistaken) {
        // Avro 1.12.2 takes the reader's items to be as long as the writer's, and nulls have none.
        continue;
      }
      readable++;
      Object sample;
      try {
        sample = read(reader, body);
      } catch (Malformed refused) {
        throw new AssertionError("Avro reads seed " + seed + " of " + theirs, refused);
      }
      assertThat(readByAvro(writer.write(sample), SCHEMA, SCHEMA))
          .as("seed %d", seed)
          .isEqualTo(expected);
    }
    assertThat(readable).isGreaterThan(ROUNDS / 10);
    assertThat(unreadable).isGreaterThan(ROUNDS / 10);
  }

  @Test
  void a_derived_schema_is_read_by_avro_and_by_another_version_of_the_record() throws Throwable {
    Contract derived = Contract.of(Sample.class, null, LIMITS);
    Contract.Reader reader = derived.reader(derived.schema());
    Contract.Writer writer = derived.writer(derived.schema());
    assertThat(
            SchemaCompatibility.checkReaderWriterCompatibility(derived.schema(), derived.schema())
                .getType())
        .isEqualTo(SchemaCompatibility.SchemaCompatibilityType.COMPATIBLE);
    assertThat(new Schema.Parser().parse(derived.schema().toString())).isEqualTo(derived.schema());
    for (long seed = 0; seed < ROUNDS / 10; seed++) {
      Object datum = new RandomData(seed).datum(derived.schema());
      Object sample = read(reader, write(datum, derived.schema()));
      byte[] ours = writer.write(sample);
      assertThat(readByAvro(ours, derived.schema(), derived.schema()))
          .as("seed %d", seed)
          .isEqualTo(datum);
    }
  }

  /** Whatever comes, it is a payload or poison, and nothing else. */
  @Test
  void d05_damaged_bodies_are_malformed_and_nothing_worse() throws Throwable {
    Contract.Reader reader = CONTRACT.reader(SCHEMA);
    int refused = 0;
    for (long seed = 0; seed < ROUNDS; seed++) {
      RandomData random = new RandomData(seed);
      byte[] body = write(random.datum(SCHEMA), SCHEMA);
      for (int i = random.below(5); i >= 0; i--) {
        body[random.below(body.length)] = (byte) random.below(256);
      }
      byte[] cut = java.util.Arrays.copyOf(body, random.below(body.length + 1));
      try {
        read(reader, random.below(2) == 0 ? cut : body);
      } catch (Malformed expected) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(ROUNDS / 10);
  }

  private static Object read(Contract.Reader reader, byte[] body) throws Throwable {
    Input in = new Input(body, 0, LIMITS);
    Object value = reader.read(in);
    in.end();
    return value;
  }

  private static @Nullable Object readByAvro(byte[] body, Schema writer, Schema reader)
      throws IOException {
    return new GenericDatumReader<>(writer, reader, new GenericData())
        .read(null, DecoderFactory.get().binaryDecoder(body, null));
  }

  private static byte[] write(@Nullable Object datum, Schema schema) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
    new GenericDatumWriter<>(schema, new GenericData()).write(datum, encoder);
    encoder.flush();
    return out.toByteArray();
  }
}
