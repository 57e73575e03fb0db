package io.stagepost.dlq;

import static java.util.Objects.requireNonNull;

import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.stagepost.MessagingException;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
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
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private final byte @Nullable [] body;
  private final List<Assignment> assignments;
  private final List<Header> headers;

  private Change(byte @Nullable [] body, List<Assignment> assignments, List<Header> headers) {
    this.body = body;
    this.assignments = assignments;
    this.headers = headers;
  }

  private record Assignment(String path, String value) {}

  /**
   * Nothing is different.
   *
   * @return a change that is none yet
   */
  public static Change none() {
    return new Change(null, List.of(), List.of());
  }

  /**
   * A copy with another payload.
   *
   * @param bytes all of it; not copied
   * @return the copy
   */
  public Change body(byte[] bytes) {
    return new Change(requireNonNull(bytes, "bytes"), assignments, headers);
  }

  /**
   * A copy that sets a member of a JSON payload. Objects on the way are made if they are missing,
   * array items are not.
   *
   * @param path names and indexes with dots between them, such as {@code lines.0.price}; or a JSON
   *     Pointer (RFC 6901), such as {@code /lines/0/price}
   * @param value JSON, such as {@code 12} or {@code null}; what is no JSON is taken as text
   * @return the copy
   */
  public Change set(String path, String value) {
    List<Assignment> all = new ArrayList<>(assignments);
    all.add(new Assignment(requireNonNull(path, "path"), requireNonNull(value, "value")));
    return new Change(body, List.copyOf(all), headers);
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
    return new Change(body, assignments, List.copyOf(all));
  }

  /** Whether nothing is different. */
  boolean isNone() {
    return body == null && assignments.isEmpty() && headers.isEmpty();
  }

  /** The payload as it is to be; null if it stays. */
  private byte @Nullable [] payload(byte @Nullable [] data) {
    byte[] changed = body == null ? data : body;
    if (assignments.isEmpty()) {
      return body;
    }
    JsonNode root = tree(changed);
    for (Assignment each : assignments) {
      assign(root, each);
    }
    return JSON.writeValueAsBytes(root);
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

  private static void assign(JsonNode root, Assignment assignment) {
    String path = assignment.path();
    String[] steps =
        path.startsWith("/") ? path.substring(1).split("/", -1) : path.split("\\.", -1);
    JsonNode at = root;
    for (int i = 0; i < steps.length; i++) {
      String step = path.startsWith("/") ? unescaped(steps[i]) : steps[i];
      boolean isLast = i == steps.length - 1;
      if (at instanceof ObjectNode object) {
        if (isLast) {
          object.set(step, value(assignment.value()));
        } else {
          JsonNode next = object.get(step);
          at = next == null || next.isNull() ? object.putObject(step) : next;
        }
      } else if (at instanceof ArrayNode array
          && step.matches("\\d{1,9}")
          && Integer.parseInt(step) < array.size()) {
        int index = Integer.parseInt(step);
        if (isLast) {
          array.set(index, value(assignment.value()));
        } else {
          at = array.get(index);
        }
      } else {
        throw new MessagingException(
            "SP-DLQ-017",
            "The payload has no place "
                + path
                + ": "
                + (at instanceof ArrayNode array
                    ? "an array of " + array.size() + " items has no " + step
                    : "what lies before " + step + " is neither object nor array")
                + ".");
      }
    }
  }

  private static String unescaped(String step) {
    return step.replace("~1", "/").replace("~0", "~");
  }

  private static JsonNode value(String text) {
    try {
      JsonNode value = JSON.readTree(text);
      return value == null || value.isMissingNode()
          ? JSON.getNodeFactory().stringNode(text)
          : value;
    } catch (JacksonException none) {
      return JSON.getNodeFactory().stringNode(text);
    }
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
      all.removeIf(any -> any.name().equals(header.name()));
      if (header.value() != null) {
        all.add(header);
      }
    }
    return new Message(message.address(), message.key(), List.copyOf(all), message.body());
  }
}
