package io.stagepost.dlq;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import io.stagepost.MessagingException;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import io.stagepost.spi.Origin;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Letters in a file, without loss: a line of JSON each, with its bytes, key and headers as they
 * are, and where it lay. The first line says what the file is; the last how many letters it has,
 * and the SHA-256 of all lines before it. A file is written compressed if its name ends in {@code
 * .gz} or {@code .zst}, or if told so; when it is read, its first bytes tell. Memory holds one
 * letter at a time.
 */
public final class Archive {
  private static final String FORM = "stagepost-letters";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private Archive() {}

  /** How a file is compressed. */
  public enum Compression {
    /** Not at all. */
    NONE,
    /** By gzip. */
    GZIP,
    /** By Zstandard; needs {@code com.github.luben:zstd-jni}, which Kafka's client brings. */
    ZSTD;

    /**
     * What the name of a file asks for.
     *
     * @param file its path
     * @return {@link #NONE} unless it ends in {@code .gz} or {@code .zst}
     */
    public static Compression of(Path file) {
      String name = file.toString();
      return name.endsWith(".gz") ? GZIP : name.endsWith(".zst") ? ZSTD : NONE;
    }

    private OutputStream over(OutputStream raw) throws IOException {
      return switch (this) {
        case NONE -> raw;
        case GZIP -> new GZIPOutputStream(raw, 1 << 16);
        case ZSTD -> new ZstdOutputStream(raw);
      };
    }

    /** By what the file begins with. */
    private static InputStream detect(BufferedInputStream raw) throws IOException {
      raw.mark(2);
      int first = raw.read();
      int second = raw.read();
      raw.reset();
      if (first == 0x1f && second == 0x8b) {
        return new GZIPInputStream(raw, 1 << 16);
      }
      return first == 0x28 && second == 0xb5 ? new ZstdInputStream(raw) : raw;
    }
  }

  /**
   * A file that is being written.
   *
   * <p>Not thread-safe. What is not closed has no last line, and cannot be read.
   */
  public static final class Writer implements AutoCloseable {
    private final OutputStream out;
    private final MessageDigest digest = sha256();
    private long letters;

    private Writer(OutputStream out) {
      this.out = out;
    }

    /**
     * Adds a letter.
     *
     * @param letter what is kept
     */
    public void add(Letter letter) {
      line(json(letter.message(), letter.at()));
      letters++;
    }

    private void line(JsonNode node) {
      byte[] line = (JSON.writeValueAsString(node) + "\n").getBytes(UTF_8);
      digest.update(line);
      try {
        out.write(line);
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }

    @Override
    public void close() {
      ObjectNode last = JSON.createObjectNode();
      last.put("letters", letters);
      last.put("sha256", HexFormat.of().formatHex(digest.digest()));
      line(last);
      try {
        out.close();
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
  }

  /**
   * Begins a file that is not there yet.
   *
   * @param file where to
   * @param address where the letters lie
   * @return open until closed
   */
  public static Writer create(Path file, String address) {
    return create(file, address, Compression.of(file));
  }

  /**
   * Begins a file that is not there yet.
   *
   * @param file where to
   * @param address where the letters lie
   * @param compression whatever its name says
   * @return open until closed
   */
  public static Writer create(Path file, String address, Compression compression) {
    try {
      OutputStream raw =
          new BufferedOutputStream(
              Files.newOutputStream(file, StandardOpenOption.CREATE_NEW), 1 << 16);
      Writer writer = new Writer(compression.over(raw));
      ObjectNode first = JSON.createObjectNode();
      first.put(FORM, 1);
      first.put("address", address);
      writer.line(first);
      return writer;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /**
   * What a file holds.
   *
   * @param address where its letters lay
   * @param letters how many they are
   * @param sha256 of all its lines but the last
   */
  public record Contents(String address, long letters, String sha256) {}

  /**
   * Reads a file from its beginning to its end.
   *
   * @param file what a {@link Writer} has written
   * @param visitor called for each letter's message, which is addressed to where it lay; before it
   *     is known whether the file is whole, so that a first reading should do nothing
   * @return what it holds
   * @throws MessagingException {@code SP-DLQ-020} if it is no such file, cut short or changed
   */
  public static Contents read(Path file, Consumer<Message> visitor) {
    MessageDigest digest = sha256();
    try (BufferedReader lines = open(file)) {
      String header = lines.readLine();
      JsonNode first = next(file, 1, header);
      if (first.path(FORM).asInt(0) != 1) {
        throw broken(file, 1, "it does not begin as an export of letters, version 1", null);
      }
      digest.update((header + "\n").getBytes(UTF_8));
      for (long number = 2; ; number++) {
        String line = lines.readLine();
        JsonNode node = next(file, number, line);
        if (node.has("sha256")) {
          return end(file, number, first, node, digest);
        }
        digest.update((line + "\n").getBytes(UTF_8));
        visitor.accept(message(file, number, node));
      }
    } catch (IOException failure) {
      throw broken(file, 0, String.valueOf(failure.getMessage()), failure);
    }
  }

  private static Contents end(
      Path file, long number, JsonNode first, JsonNode last, MessageDigest digest) {
    String found = HexFormat.of().formatHex(digest.digest());
    if (!found.equals(last.path("sha256").asString(""))) {
      throw broken(file, number, "its SHA-256 is " + found + ", and not what it says", null);
    }
    long letters = last.path("letters").asLong(-1);
    if (letters != number - 2) {
      throw broken(file, number, "it has " + (number - 2) + " letters, not " + letters, null);
    }
    return new Contents(first.path("address").asString(""), letters, found);
  }

  private static BufferedReader open(Path file) throws IOException {
    BufferedInputStream raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
    return new BufferedReader(new InputStreamReader(Compression.detect(raw), UTF_8), 1 << 16);
  }

  private static JsonNode next(Path file, long number, @Nullable String line) {
    if (line == null) {
      throw broken(file, number, "it ends here, without its last line: it was cut short", null);
    }
    try {
      return JSON.readTree(line);
    } catch (JacksonException none) {
      throw broken(file, number, "it is no JSON", none);
    }
  }

  private static MessagingException broken(
      Path file, long line, String why, @Nullable Throwable cause) {
    return new MessagingException(
        "SP-DLQ-020",
        file
            + (line == 0 ? "" : ", line " + line)
            + " cannot be read as an export: "
            + why
            + ". Export the letters again.",
        cause);
  }

  // ---- a letter

  private static JsonNode json(Message message, Origin at) {
    ObjectNode node = JSON.createObjectNode();
    node.put("address", at.address());
    node.put("partition", at.partition());
    node.put("position", at.position());
    node.put("time", at.time() == null ? null : at.time().toString());
    bytes(node, "key", message.key());
    ArrayNode headers = node.putArray("headers");
    for (Header header : message.headers()) {
      ObjectNode each = headers.addObject();
      each.put("name", header.name());
      bytes(each, "value", header.value());
    }
    bytes(node, "body", message.body());
    return node;
  }

  /** As text where it is text, so that people can read it; else in Base64. */
  private static void bytes(ObjectNode node, String name, byte @Nullable [] value) {
    if (value == null) {
      return;
    }
    String text = FailureReports.text(value);
    if (text == null) {
      node.put(name + "Base64", Base64.getEncoder().encodeToString(value));
    } else {
      node.put(name, text);
    }
  }

  private static Message message(Path file, long number, JsonNode node) {
    try {
      List<Header> headers = new ArrayList<>();
      for (JsonNode each : node.path("headers")) {
        headers.add(new Header(each.path("name").asString(), bytes(each, "value")));
      }
      return new Message(
          node.path("address").asString(),
          bytes(node, "key"),
          List.copyOf(headers),
          bytes(node, "body"));
    } catch (IllegalArgumentException | JacksonException none) {
      throw broken(file, number, "it is no letter", none);
    }
  }

  private static byte @Nullable [] bytes(JsonNode node, String name) {
    JsonNode text = node.get(name);
    if (text != null) {
      return text.asString().getBytes(UTF_8);
    }
    JsonNode binary = node.get(name + "Base64");
    return binary == null ? null : Base64.getDecoder().decode(binary.asString());
  }

  private static MessageDigest sha256() {
    return Plan.Hash.sha256();
  }
}
