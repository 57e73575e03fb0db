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
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
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
 *
 * <p>It holds whatever letters hold, personal data and secrets too: where there are POSIX
 * permissions, a file is made with mode 600, which lets its owner alone read it.
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
   * <p>Not thread-safe. What is not closed, was {@linkplain #abandon abandoned} or could not be
   * written has no last line, and is refused when it is read.
   */
  public static final class Writer implements AutoCloseable {
    private final String name;
    private final OutputStream out;
    private final MessageDigest digest = sha256();
    private long letters;
    private boolean isCut;

    private Writer(String name, OutputStream out) {
      this.name = name;
      this.out = out;
    }

    /**
     * Adds a letter.
     *
     * @param letter what is kept
     * @throws MessagingException {@code SP-DLQ-180} if it cannot be written: the disk is full, say
     */
    public void add(Letter letter) {
      line(json(letter.message(), letter.at()));
      letters++;
    }

    /** Says that letters are missing, so that closing it does not make it look whole. */
    public void abandon() {
      isCut = true;
    }

    private void line(JsonNode node) {
      byte[] line = (JSON.writeValueAsString(node) + "\n").getBytes(UTF_8);
      digest.update(line);
      try {
        out.write(line);
      } catch (IOException failure) {
        isCut = true;
        throw unwritten(name, failure);
      }
    }

    /**
     * Writes the last line, unless letters are missing, and closes the file.
     *
     * @throws MessagingException {@code SP-DLQ-180} if it cannot be written
     */
    @Override
    public void close() {
      try (out) {
        if (!isCut) {
          ObjectNode last = JSON.createObjectNode();
          last.put("letters", letters);
          last.put("sha256", HexFormat.of().formatHex(digest.digest()));
          line(last);
        }
      } catch (IOException failure) {
        throw unwritten(name, failure);
      }
    }
  }

  /**
   * Begins a file that is not there yet.
   *
   * @param file where to
   * @param address where the letters lie
   * @return open until closed
   * @throws MessagingException {@code SP-DLQ-104} if it is there, {@code SP-DLQ-180} if it cannot
   *     be written
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
   * @throws MessagingException {@code SP-DLQ-104} if it is there, {@code SP-DLQ-180} if it cannot
   *     be written
   */
  public static Writer create(Path file, String address, Compression compression) {
    try {
      OutputStream raw =
          Channels.newOutputStream(
              Files.newByteChannel(
                  file,
                  Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW),
                  forTheOwner(file)));
      return begin(file.toString(), raw, address, compression);
    } catch (IOException failure) {
      throw unwritten(file.toString(), failure);
    }
  }

  /**
   * Begins what goes into a stream: standard output, say.
   *
   * @param out closed with the writer
   * @param address where the letters lie
   * @param compression how it is compressed
   * @return open until closed
   * @throws MessagingException {@code SP-DLQ-180} if it cannot be written
   */
  public static Writer over(OutputStream out, String address, Compression compression) {
    try {
      return begin("The export", out, address, compression);
    } catch (IOException failure) {
      throw unwritten("The export", failure);
    }
  }

  private static Writer begin(
      String name, OutputStream raw, String address, Compression compression) throws IOException {
    Writer writer = new Writer(name, compression.over(new BufferedOutputStream(raw, 1 << 16)));
    ObjectNode first = JSON.createObjectNode();
    first.put(FORM, 1);
    first.put("address", address);
    writer.line(first);
    return writer;
  }

  /** Mode 600, where the file system knows it. */
  private static FileAttribute<?>[] forTheOwner(Path file) {
    return file.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }

  private static MessagingException unwritten(String name, IOException failure) {
    return failure instanceof FileAlreadyExistsException
        ? new MessagingException(
            "SP-DLQ-104", name + " is there already. Name another file, or move it away.", failure)
        : new MessagingException(
            "SP-DLQ-180",
            name
                + " cannot be written: "
                + reason(failure)
                + ". What is there of it is cut short. Mend that, or name a file elsewhere, and"
                + " export the letters again.",
            failure);
  }

  /** The JDK says some of it by the kind of the exception alone. */
  private static String reason(IOException failure) {
    if (failure instanceof NoSuchFileException) {
      return "there is no such file or folder";
    }
    if (failure instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (failure instanceof EOFException) {
      return "it ends too early";
    }
    return failure instanceof FileSystemException told && told.getReason() != null
        ? told.getReason()
        : String.valueOf(failure.getMessage());
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
   * @throws MessagingException {@code SP-DLQ-020} if it is no such file, cut short or changed;
   *     {@code SP-DLQ-182} if there is none, or it may not be read
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
    } catch (NoSuchFileException | AccessDeniedException closed) {
      throw new MessagingException(
          "SP-DLQ-182",
          file + " cannot be read: " + reason(closed) + ". Name a file that export has written.",
          closed);
    } catch (IOException failure) {
      throw broken(file, 0, reason(failure), failure);
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
            + ". Name a file that export has written; if this is one, export the letters again.",
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
