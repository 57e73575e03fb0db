package io.stagepost.dlq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.stagepost.MessagingException;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is to be different in a letter: parts of a JSON payload, the whole payload, headers. All
 * else stays as it is. Immutable.
 */
public final class Change {
  /** Numbers stay as they are written, 12.50 too. */
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  /** So many members are named of an object that lacks one. */
  private static final int NAMED = 10;

  private final byte @Nullable [] body;
  private final List<Assignment> assignments;
  private final List<Header> headers;
  private final boolean retyping;

  private Change(
      byte @Nullable [] body,
      List<Assignment> assignments,
      List<Header> headers,
      boolean retyping) {
    this.body = body;
    this.assignments = assignments;
    this.headers = headers;
    this.retyping = retyping;
  }

  /** A value for a place, which must be there, or, if it is new, must not. */
  private record Assignment(String path, String value, boolean isNew) {}

  /**
   * Nothing is different.
   *
   * @return a change that is none yet
   */
  public static Change none() {
    return new Change(null, List.of(), List.of(), false);
  }

  /**
   * A copy with another payload.
   *
   * @param bytes all of it; not copied
   * @return the copy
   */
  public Change body(byte[] bytes) {
    return new Change(requireNonNull(bytes, "bytes"), assignments, headers, retyping);
  }

  /**
   * A copy that sets a part of a JSON payload that is there: a member or an item.
   *
   * @param path names and indexes with dots between them, such as {@code lines.0.price}; or a JSON
   *     Pointer (RFC 6901), such as {@code /lines/0/price}
   * @param value JSON, such as {@code 12} or {@code null}; what is no JSON is taken as text. It
   *     must be of the kind of the value before, unless one of them is null, or {@link #retyping}
   *     is said
   * @return the copy
   */
  public Change set(String path, String value) {
    return with(
        new Assignment(requireNonNull(path, "path"), requireNonNull(value, "value"), false));
  }

  /**
   * A copy that adds to a JSON payload what is not there: a member, or an item after the last one.
   * Objects on the way are made if they are missing.
   *
   * @param path as of {@link #set}; a new item is named by its index or {@code -}
   * @param value as of {@link #set}
   * @return the copy
   */
  public Change add(String path, String value) {
    return with(new Assignment(requireNonNull(path, "path"), requireNonNull(value, "value"), true));
  }

  private Change with(Assignment assignment) {
    List<Assignment> all = new ArrayList<>(assignments);
    all.add(assignment);
    return new Change(body, List.copyOf(all), headers, retyping);
  }

  /**
   * A copy whose values may be of another kind than those that they replace: a text instead of a
   * number.
   *
   * @return the copy
   */
  public Change retyping() {
    return new Change(body, assignments, headers, true);
  }

  /**
   * A copy that sets a header, in the place of all of that name.
   *
   * @param name its name, as the message bears it
   * @param value its bytes; null to take it away
   * @return the copy
   */
  public Change header(String name, byte @Nullable [] value) {
    List<Header> all = new ArrayList<>(headers);
    all.add(new Header(requireNonNull(name, "name"), value));
    return new Change(body, assignments, List.copyOf(all), retyping);
  }

  /** The payload as it is to be; null if it stays. */
  private byte @Nullable [] payload(byte @Nullable [] data) {
    if (assignments.isEmpty()) {
      return body;
    }
    JsonNode before = tree(body == null ? data : body);
    JsonNode root = before.deepCopy();
    assignments.forEach(each -> assign(root, each));
    return root.equals(before) ? body : JSON.writeValueAsBytes(root);
  }

  /** Where bytes are no JSON; null if they are. */
  static @Nullable String whyNoJson(byte[] bytes) {
    try {
      return JSON.readTree(bytes).isMissingNode() ? "it is empty" : null;
    } catch (JacksonException none) {
      TokenStreamLocation at = none.getLocation();
      return at == null
          ? "it cannot be read"
          : "it cannot be read at line " + at.getLineNr() + ", column " + at.getColumnNr();
    }
  }

  private static JsonNode tree(byte @Nullable [] data) {
    try {
      JsonNode root = data == null ? null : JSON.readTree(data);
      if (root instanceof ObjectNode || root instanceof ArrayNode) {
        return root;
      }
    } catch (JacksonException none) {
      throw noJson(none);
    }
    throw noJson(null);
  }

  private static MessagingException noJson(@Nullable JacksonException cause) {
    return new MessagingException(
        "SP-DLQ-017",
        "The payload is no JSON object or array, so that no part of it can be set. Give a whole"
            + " payload.",
        cause);
  }

  private void assign(JsonNode root, Assignment assignment) {
    String path = assignment.path();
    String[] steps =
        path.startsWith("/") ? path.substring(1).split("/", -1) : path.split("\\.", -1);
    JsonNode at = root;
    for (int i = 0; i < steps.length; i++) {
      String step = path.startsWith("/") ? unescaped(steps[i]) : steps[i];
      if (i == steps.length - 1) {
        put(at, step, assignment);
      } else {
        at = inner(at, step, assignment);
      }
    }
  }

  private static JsonNode inner(JsonNode at, String step, Assignment assignment) {
    JsonNode next = child(at, step);
    if (assignment.isNew() && at instanceof ObjectNode object && (next == null || next.isNull())) {
      return object.putObject(step);
    }
    if (next == null) {
      throw noPlace(at, step, assignment);
    }
    return next;
  }

  private void put(JsonNode at, String step, Assignment assignment) {
    JsonNode before = child(at, step);
    JsonNode after = value(assignment);
    if (before != null && assignment.isNew()) {
      throw new MessagingException(
          "SP-DLQ-017",
          "The payload has " + assignment.path() + " already. To change what is there: --set.");
    }
    if (before != null && !retyping) {
      requireSameKind(before, after, assignment.path());
    }
    if (at instanceof ObjectNode object && (before != null || assignment.isNew())) {
      object.set(step, after);
    } else if (at instanceof ArrayNode array && before != null) {
      array.set(Integer.parseInt(step), after);
    } else if (at instanceof ArrayNode array
        && assignment.isNew()
        && (step.equals("-") || step.equals(Integer.toString(array.size())))) {
      array.add(after);
    } else {
      throw noPlace(at, step, assignment);
    }
  }

  /** What is there; null if nothing is. */
  private static @Nullable JsonNode child(JsonNode at, String step) {
    if (at instanceof ObjectNode object) {
      return object.get(step);
    }
    return at instanceof ArrayNode array
            && step.matches("\\d{1,9}")
            && Integer.parseInt(step) < array.size()
        ? array.get(Integer.parseInt(step))
        : null;
  }

  private static MessagingException noPlace(JsonNode at, String step, Assignment assignment) {
    String why;
    if (at instanceof ObjectNode object) {
      List<String> names =
          object.properties().stream().map(Map.Entry::getKey).limit(NAMED).toList();
      why =
          "there is no "
              + step
              + (names.isEmpty() ? " in an empty object" : " among " + String.join(", ", names))
              + ". If it is to be new: --add";
    } else {
      why =
          at instanceof ArrayNode array
              ? "an array of length " + array.size() + " has no " + step
              : "what lies before " + step + " is neither object nor array";
    }
    return new MessagingException(
        "SP-DLQ-017", "The payload has no place " + assignment.path() + ": " + why + ".");
  }

  /** A word that a typing error has made a text of must not go where a number was. */
  private static void requireSameKind(JsonNode before, JsonNode after, String path) {
    if (before.getNodeType() != after.getNodeType() && !before.isNull() && !after.isNull()) {
      throw new MessagingException(
          "SP-DLQ-164",
          path
              + " is "
              + kind(before)
              + ", and would be "
              + kind(after)
              + ". Write a text that could be something else in JSON's quotes, such as"
              + " '\"12\"'; if another kind is meant: --retype, or --validate by a schema.");
    }
  }

  private static String kind(JsonNode node) {
    return switch (node.getNodeType()) {
      case OBJECT -> "an object";
      case ARRAY -> "an array";
      case STRING -> "a text";
      case NUMBER -> "a number";
      default -> "a " + node.getNodeType().name().toLowerCase(Locale.ROOT);
    };
  }

  private static String unescaped(String step) {
    return step.replace("~1", "/").replace("~0", "~");
  }

  private static JsonNode value(Assignment assignment) {
    String text = assignment.value();
    String why = whyNoJson(text.getBytes(UTF_8));
    if (why == null) {
      return JSON.readTree(text);
    }
    if (text.matches("(?s)\\s*[\\[{\"].*")) {
      throw new MessagingException(
          "SP-DLQ-165",
          "The value of "
              + assignment.path()
              + " begins as JSON, and "
              + why
              + ". Mend it, or put a text in JSON's quotes.");
    }
    return JSON.getNodeFactory().stringNode(text);
  }

  // ---- in a letter

  /** The event with the payload as it is to be. */
  CloudEvent in(CloudEvent event) {
    CloudEventData data = event.getData();
    byte[] changed = payload(data == null ? null : data.toBytes());
    return changed == null ? event : CloudEventBuilder.from(event).withData(changed).build();
  }

  /** The message of what holds no event, with the payload as it is to be. */
  Message in(Message message) {
    byte[] changed = payload(message.body());
    return changed == null
        ? message
        : new Message(message.address(), message.key(), message.headers(), changed);
  }

  /** The message with headers as they are to be. */
  Message headers(Message message) {
    List<Header> all = new ArrayList<>(message.headers());
    for (Header header : headers) {
      boolean wasThere = all.removeIf(any -> any.name().equals(header.name()));
      if (header.value() != null) {
        all.add(header);
      } else if (!wasThere) {
        throw new MessagingException(
            "SP-DLQ-017", "There is no header " + header.name() + " to be taken away.");
      }
    }
    return new Message(message.address(), message.key(), List.copyOf(all), message.body());
  }
}
