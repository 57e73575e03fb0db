package io.stagepost.benchmarks.micro;

import io.stagepost.EventType;
import io.stagepost.schema.Avro;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.LocalDateTime;
import java.util.concurrent.TimeUnit;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.util.ClassSecurityValidator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.json.JsonMapper;

/**
 * The shop's order line: as a record in our Avro codec, with all that a codec does; as a generated
 * class in Avro's own reader and writer, reused as well as they can be; and as a record in Jackson.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CodecBenchmark {
  /** What all write with. */
  static final String SCHEMA =
      """
      {"type": "record", "name": "Line", "namespace": "io.stagepost.benchmarks.micro", "fields": [
        {"name": "lineNo", "type": "long"},
        {"name": "fingerprint", "type": "string"},
        {"name": "invoice", "type": "string"},
        {"name": "stockCode", "type": "string"},
        {"name": "description", "type": "string"},
        {"name": "quantity", "type": "long"},
        {"name": "invoicedAt", "type": {"type": "long", "logicalType": "local-timestamp-micros"}},
        {"name": "price", "type": {"type": "bytes", "logicalType": "decimal",
          "precision": 18, "scale": 4}},
        {"name": "customer", "type": "string"},
        {"name": "country", "type": "string"}]}
      """;

  /** As in the shop. */
  public record Line(
      long lineNo,
      String fingerprint,
      String invoice,
      String stockCode,
      String description,
      long quantity,
      LocalDateTime invoicedAt,
      BigDecimal price,
      String customer,
      String country) {}

  private static final EventType<Line> TYPE = EventType.of("com.shop.line.v1", Line.class);

  private final Line line =
      new Line(
          42_017,
          "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
          "536365",
          "85123A",
          "WHITE HANGING HEART T-LIGHT HOLDER",
          6,
          LocalDateTime.of(2010, 12, 1, 8, 26),
          new BigDecimal("2.5500"),
          "17850",
          "United Kingdom");
  private final Codec avro = Avro.codec().schema(SCHEMA);
  private final AvroLine specific = new AvroLine(line);
  private final SpecificDatumWriter<AvroLine> writer =
      new SpecificDatumWriter<>(AvroLine.SCHEMA$, SpecificData.getForClass(AvroLine.class));
  private final ByteArrayOutputStream out = new ByteArrayOutputStream(512);
  private final BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
  private final BinaryEncoder buffered = EncoderFactory.get().binaryEncoder(out, null);
  private final BinaryDecoder decoder = DecoderFactory.get().binaryDecoder(new byte[1], null);
  private final JsonMapper json = JsonMapper.builder().build();
  private final ObjectReader jsonReader = json.readerFor(Line.class);
  private SpecificDatumReader<AvroLine> reader;
  private Encoded encoded;
  private byte[] text;

  /** JMH makes one. */
  @SuppressWarnings("NullAway.Init") // setUp does it
  public CodecBenchmark() {}

  /**
   * Writes what is read.
   *
   * @throws IOException never
   */
  @Setup
  public void setUp() throws IOException {
    ClassSecurityValidator.setGlobal(
        ClassSecurityValidator.composite(
            ClassSecurityValidator.DEFAULT,
            ClassSecurityValidator.builder().add(AvroLine.class).build()));
    reader =
        new SpecificDatumReader<>(
            AvroLine.SCHEMA$, AvroLine.SCHEMA$, SpecificData.getForClass(AvroLine.class));
    encoded = avro.encode(TYPE, line);
    text = json.writeValueAsBytes(line);
    if (!java.util.Arrays.equals(encoded.bytes(), encodeSpecific())
        || !line.equals(decodeJackson())
        || !line.equals(decodeRecord())
        || !specific.equals(decodeSpecific())) {
      throw new IllegalStateException("They do not do the same work.");
    }
  }

  /**
   * Ours, from a record.
   *
   * @return the body
   */
  @Benchmark
  public Encoded encodeRecord() {
    return avro.encode(TYPE, line);
  }

  /**
   * Avro's, from a generated class.
   *
   * @return the body
   * @throws IOException never
   */
  @Benchmark
  public byte[] encodeSpecific() throws IOException {
    out.reset();
    writer.write(specific, buffered);
    buffered.flush();
    return out.toByteArray();
  }

  /**
   * Avro's without its buffer.
   *
   * @return the body
   * @throws IOException never
   */
  @Benchmark
  public byte[] encodeSpecificDirect() throws IOException {
    out.reset();
    writer.write(specific, encoder);
    encoder.flush();
    return out.toByteArray();
  }

  /**
   * Jackson's, from a record.
   *
   * @return the body
   */
  @Benchmark
  public byte[] encodeJackson() {
    return json.writeValueAsBytes(line);
  }

  /**
   * Ours, to a record.
   *
   * @return the payload
   */
  @Benchmark
  public Line decodeRecord() {
    return avro.decode(TYPE, encoded);
  }

  /**
   * Avro's, to a generated class.
   *
   * @return the payload
   * @throws IOException never
   */
  @Benchmark
  public AvroLine decodeSpecific() throws IOException {
    return reader.read(null, DecoderFactory.get().binaryDecoder(encoded.bytes(), decoder));
  }

  /**
   * Jackson's, to a record.
   *
   * @return the payload
   */
  @Benchmark
  public Line decodeJackson() {
    return jsonReader.readValue(text);
  }
}
