package io.stagepost.dlq;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.stagepost.MessagingException;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.exc.UnexpectedEndOfInputException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What is to become of which letters, frozen: what comes to the address later is not in it. It
 * names places, and a hash of what lay there, so that the run can tell whether that is still so.
 *
 * @param version of this form; 2
 * @param run the run's name, which is the plan's
 * @param created when, by the clock of whoever made it
 * @param by who made it
 * @param transport the broker's kind
 * @param address the dead-letter address
 * @param terms what is to become of the letters
 * @param filter what was chosen, as options of the command
 * @param letters how many would be dealt with
 * @param bytes how many bytes their bodies have
 * @param destinations how many would go where
 * @param groups how many of each group would be dealt with, by its fingerprint
 * @param positions which letters, by partition
 * @param parked which of them would go to the parking lot, since they were replayed too often
 * @param reordered the ids of those that do not lie in the order of their key's events, in that
 *     order: they go last
 * @param hashes what lay there: of each letter eight bytes of its SHA-256, sorted, in base 64
 * @param sha256 the hash of these hashes: the same for all plans of the same letters
 * @param leftOut how many letters were chosen and are not in it, since they have been dealt with,
 *     by what became of them: {@code replayed}, {@code parked} and so on; {@code open} where what
 *     was discarded is to be restored
 * @param refused how many letters were chosen and would be left alone
 * @param refusals the first of these, and why
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Plan(
    int version,
    String run,
    Instant created,
    String by,
    String transport,
    String address,
    Terms terms,
    String filter,
    long letters,
    long bytes,
    Map<String, Long> destinations,
    Map<String, Long> groups,
    Map<String, List<String>> positions,
    Map<String, List<String>> parked,
    List<String> reordered,
    String hashes,
    String sha256,
    Map<String, Long> leftOut,
    long refused,
    List<Refusal> refusals) {
  static final int VERSION = 2;

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  /**
   * A letter that would be left alone.
   *
   * @param id the letter
   * @param reason why, as a short word
   * @param detail why, in a sentence, with the remedy
   */
  public record Refusal(String id, String reason, String detail) {}

  /**
   * Writes it to a file that is not there yet.
   *
   * @param file where to
   * @throws MessagingException {@code SP-DLQ-161} if it is there; {@code SP-DLQ-162} if it cannot
   *     be written
   */
  public void write(Path file) {
    try {
      Files.write(file, JSON.writeValueAsBytes(this), StandardOpenOption.CREATE_NEW);
    } catch (FileAlreadyExistsException there) {
      throw new MessagingException(
          "SP-DLQ-161",
          file + " is there already. Name another file for the plan, or move it away.",
          there);
    } catch (IOException failure) {
      throw unwritable(file, failure);
    }
  }

  private static MessagingException unwritable(Path file, IOException failure) {
    String why =
        failure instanceof NoSuchFileException
            ? "its folder is not there"
            : failure instanceof AccessDeniedException
                ? "nobody may write there"
                : String.valueOf(failure.getMessage());
    return new MessagingException(
        "SP-DLQ-162",
        "The plan cannot be written to " + file + ": " + why + ". Name another place.",
        failure);
  }

  /**
   * How many letters would go to the parking lot, since they were replayed too often.
   *
   * @return some of its letters
   */
  public long parkedLetters() {
    return Positions.read(parked).size();
  }

  /**
   * Reads it from a file.
   *
   * @param file what {@link #write} has written
   * @return the plan
   * @throws MessagingException {@code SP-DLQ-010} if there is no plan in it
   */
  public static Plan read(Path file) {
    try {
      JsonNode read = JSON.readTree(Files.readAllBytes(file));
      int version = read.path("version").asInt(0);
      if (version != VERSION) {
        String found = version == 0 ? "no version" : "version " + version;
        throw unreadable(file, "it says " + found + ", and " + VERSION + " is known", null);
      }
      for (RecordComponent part : Plan.class.getRecordComponents()) {
        if (!read.hasNonNull(part.getName())) {
          throw unreadable(file, "it has no " + part.getName(), null);
        }
      }
      Plan plan = JSON.treeToValue(read, Plan.class);
      if (Positions.read(plan.positions()).size() != plan.letters()) {
        throw unreadable(file, "its positions are not those of as many letters as it says", null);
      }
      var unused = Hashes.read(plan.hashes());
      return plan;
    } catch (NoSuchFileException missing) {
      throw unreadable(file, "there is no such file", missing);
    } catch (IOException failure) {
      throw unreadable(file, "it cannot be read (" + failure.getMessage() + ")", failure);
    } catch (UnexpectedEndOfInputException cut) {
      throw unreadable(file, "it was cut short, at line " + cut.getLocation().getLineNr(), cut);
    } catch (StreamReadException none) {
      throw unreadable(file, "it is no JSON, at line " + none.getLocation().getLineNr(), none);
    } catch (JacksonException | IllegalArgumentException other) {
      throw unreadable(file, "it is JSON, and has other values than a plan's", other);
    }
  }

  private static MessagingException unreadable(Path file, String why, @Nullable Throwable cause) {
    return new MessagingException(
        "SP-DLQ-010",
        "There is no plan in " + file + ": " + why + ". Make one with 'dlq plan'.",
        cause);
  }

  /** The hash of a letter. */
  static final class Hash {
    /** How many bytes a char of a string takes at most. */
    private static final int UTF_8_MOST = 3;

    private Hash() {}

    static String hex(Letter letter) {
      return HexFormat.of().formatHex(of(letter));
    }

    /** Of its place and all its bytes. */
    static byte[] of(Letter letter) {
      byte[] place = letter.id().getBytes(UTF_8);
      ByteBuffer parts = ByteBuffer.allocate(Integer.BYTES + place.length + room(letter.message()));
      put(parts, place);
      return digest(parts, letter.message());
    }

    /** Of its bytes, wherever it lies. */
    static byte[] ofContents(Message message) {
      return digest(ByteBuffer.allocate(room(message)), message);
    }

    /** All but the body in one piece: many small ones take a digest longer than their bytes. */
    private static byte[] digest(ByteBuffer parts, Message message) {
      put(parts, message.key());
      for (Header header : message.headers()) {
        put(parts, header.name().getBytes(UTF_8));
        put(parts, header.value());
      }
      byte[] body = message.body();
      parts.putInt(body == null ? -1 : body.length);
      MessageDigest digest = sha256();
      digest.update(parts.flip());
      return body == null ? digest.digest() : digest.digest(body);
    }

    /** Each with its length before it. */
    private static void put(ByteBuffer parts, byte @Nullable [] part) {
      parts.putInt(part == null ? -1 : part.length);
      if (part != null) {
        parts.put(part);
      }
    }

    /** What all but the body take at most, with their lengths and the body's. */
    private static int room(Message message) {
      int room = 2 * Integer.BYTES + length(message.key());
      for (Header header : message.headers()) {
        room += 2 * Integer.BYTES + UTF_8_MOST * header.name().length() + length(header.value());
      }
      return room;
    }

    private static int length(byte @Nullable [] part) {
      return part == null ? 0 : part.length;
    }

    static MessageDigest sha256() {
      try {
        return MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException impossible) {
        throw new IllegalStateException("Every Java platform has SHA-256", impossible);
      }
    }
  }
}
