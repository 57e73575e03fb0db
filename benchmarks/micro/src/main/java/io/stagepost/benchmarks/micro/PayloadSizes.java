package io.stagepost.benchmarks.micro;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import io.stagepost.EventType;
import io.stagepost.benchmarks.micro.CodecBenchmark.Line;
import io.stagepost.schema.Avro;
import io.stagepost.schema.Json;
import io.stagepost.spi.Codec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.utils.ByteBufferOutputStream;

/**
 * How large the shop's order lines are in each format, plain and compressed, alone and a hundred
 * together as in a batch of Kafka's; and what compressing costs. Prints a table.
 *
 * <p>The lines are made: in length and variety they are like those of the shop's input.
 */
public final class PayloadSizes {
  private static final int EVENTS = 2_000;
  private static final int BATCH = 100;
  private static final int ROUNDS = 30;
  private static final Compressor GZIP = GZIPOutputStream::new;

  private PayloadSizes() {}

  private interface Compressor {
    OutputStream on(OutputStream out) throws IOException;
  }

  /**
   * Measures.
   *
   * @param args none
   */
  public static void main(String[] args) throws DescriptorValidationException {
    List<Line> lines = new ArrayList<>();
    for (int i = 0; i < EVENTS; i++) {
      lines.add(line(i));
    }
    Map<String, List<byte[]>> formats = new LinkedHashMap<>();
    formats.put("JSON", encoded(Json.codec(), lines));
    formats.put("Avro", encoded(Avro.codec().schema(CodecBenchmark.SCHEMA), lines));
    formats.put("Protobuf", protobuf(lines));
    Map<String, Compressor> compressors = new LinkedHashMap<>();
    compressors.put("gzip", GZIP);
    compressors.put("lz4", kafka(Compression.lz4().build()));
    compressors.put("zstd", kafka(Compression.zstd().build()));
    System.out.println(
        "| format | bytes each | alone, gzip | µs each | in hundreds: gzip | µs each | lz4 | µs each"
            + " | zstd | µs each |");
    System.out.println("|---|---|---|---|---|---|---|---|---|---|");
    formats.forEach((name, bodies) -> System.out.println(row(name, bodies, compressors)));
  }

  private static String row(String name, List<byte[]> bodies, Map<String, Compressor> compressors) {
    StringBuilder row = new StringBuilder();
    row.append("| ").append(name);
    row.append(String.format(Locale.ROOT, " | %.0f", total(bodies) / (double) EVENTS));
    row.append(measured(bodies, GZIP));
    List<byte[]> batches = batches(bodies);
    compressors.values().forEach(compressor -> row.append(measured(batches, compressor)));
    return row.append(" |").toString();
  }

  /** Bytes and time for each event, the median of the rounds. */
  private static String measured(List<byte[]> bodies, Compressor compressor) {
    long[] nanos = new long[ROUNDS];
    long size = 0;
    for (int round = 0; round < ROUNDS; round++) {
      long begin = System.nanoTime();
      size = 0;
      for (byte[] body : bodies) {
        size += compressed(body, compressor);
      }
      nanos[round] = System.nanoTime() - begin;
    }
    java.util.Arrays.sort(nanos);
    return String.format(
        Locale.ROOT,
        " | %.0f | %.1f",
        size / (double) EVENTS,
        nanos[ROUNDS / 2] / 1_000.0 / EVENTS);
  }

  private static int compressed(byte[] body, Compressor compressor) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(body.length);
    try (OutputStream stream = compressor.on(out)) {
      stream.write(body);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return out.size();
  }

  private static Compressor kafka(Compression compression) {
    return out -> {
      ByteBufferOutputStream buffer = new ByteBufferOutputStream(64 * 1024);
      OutputStream stream = compression.wrapForOutput(buffer, (byte) 2);
      return new OutputStream() {
        @Override
        public void write(int one) throws IOException {
          stream.write(one);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
          stream.write(bytes, offset, length);
        }

        @Override
        public void close() throws IOException {
          stream.close();
          out.write(buffer.buffer().array(), 0, buffer.position());
        }
      };
    };
  }

  private static List<byte[]> batches(List<byte[]> bodies) {
    List<byte[]> batches = new ArrayList<>();
    for (int i = 0; i < bodies.size(); i += BATCH) {
      ByteArrayOutputStream batch = new ByteArrayOutputStream();
      bodies.subList(i, i + BATCH).forEach(batch::writeBytes);
      batches.add(batch.toByteArray());
    }
    return batches;
  }

  private static long total(List<byte[]> bodies) {
    return bodies.stream().mapToLong(body -> body.length).sum();
  }

  private static List<byte[]> encoded(Codec codec, List<Line> lines) {
    EventType<Line> type = EventType.of("com.shop.line.v1", Line.class);
    return lines.stream().map(line -> codec.encode(type, line).bytes()).toList();
  }

  private static List<byte[]> protobuf(List<Line> lines) throws DescriptorValidationException {
    List<String> names =
        List.of(
            "lineNo",
            "fingerprint",
            "invoice",
            "stockCode",
            "description",
            "quantity",
            "invoicedAt",
            "price",
            "customer",
            "country");
    DescriptorProto.Builder message = DescriptorProto.newBuilder().setName("Line");
    for (String name : names) {
      boolean number = List.of("lineNo", "quantity", "invoicedAt").contains(name);
      message.addField(
          FieldDescriptorProto.newBuilder()
              .setName(name)
              .setNumber(message.getFieldCount() + 1)
              .setType(
                  number
                      ? FieldDescriptorProto.Type.TYPE_INT64
                      : FieldDescriptorProto.Type.TYPE_STRING));
    }
    Descriptor descriptor =
        FileDescriptor.buildFrom(
                FileDescriptorProto.newBuilder()
                    .setSyntax("proto3")
                    .addMessageType(message)
                    .build(),
                new FileDescriptor[0])
            .findMessageTypeByName("Line");
    List<byte[]> bodies = new ArrayList<>();
    for (Line line : lines) {
      Object[] values = {
        line.lineNo(),
        line.fingerprint(),
        line.invoice(),
        line.stockCode(),
        line.description(),
        line.quantity(),
        line.invoicedAt().toEpochSecond(java.time.ZoneOffset.UTC) * 1_000_000,
        line.price().toPlainString(),
        line.customer(),
        line.country()
      };
      DynamicMessage.Builder built = DynamicMessage.newBuilder(descriptor);
      for (int i = 0; i < values.length; i++) {
        built.setField(descriptor.findFieldByNumber(i + 1), values[i]);
      }
      bodies.add(built.build().toByteArray());
    }
    return bodies;
  }

  private static Line line(int n) {
    String[] words = {"WHITE", "HANGING", "HEART", "T-LIGHT", "HOLDER", "RED", "WOOLLY", "LANTERN"};
    java.util.Random random = new java.util.Random(n);
    byte[] hash = new byte[32];
    random.nextBytes(hash);
    StringBuilder description = new StringBuilder();
    for (int i = 0; i < 4; i++) {
      description.append(i == 0 ? "" : " ").append(words[random.nextInt(words.length)]);
    }
    return new Line(
        n,
        HexFormat.of().formatHex(hash),
        String.valueOf(536_365 + n / 20),
        String.valueOf(20_000 + random.nextInt(70_000)),
        description.toString(),
        1 + random.nextInt(24),
        LocalDateTime.of(2010, 12, 1, 8, 26).plusMinutes(n / 20),
        new BigDecimal(1 + random.nextInt(2_000)).movePointLeft(2).setScale(4),
        String.valueOf(12_346 + random.nextInt(5_000)),
        "United Kingdom");
  }
}
