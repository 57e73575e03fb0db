package io.stagepost.dlq.cli;

import io.cloudevents.CloudEvent;
import io.stagepost.dlq.Entry;
import io.stagepost.dlq.FailureReport;
import io.stagepost.dlq.Letter;
import io.stagepost.spi.Header;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Locale;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A letter as one JSON document, with secrets masked. The names of its fields are stable. */
final class LetterDocument {
  private static final int TRACE_ID = 32;

  private LetterDocument() {}

  /**
   * Makes it.
   *
   * @param resolution how it was dealt with; null if it was not
   * @param unmask whether values of secret headers are shown
   */
  static ObjectNode of(
      Letter letter, ShownPayload payload, Entry.@Nullable Kind resolution, boolean unmask) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("letter", LetterName.of(letter).toString());
    node.put("state", resolution == null ? "open" : OpenOptions.States.word(resolution));
    node.put("time", text(letter.at().time()));
    node.put("key", letter.key());
    node.put("traceId", traceId(letter));
    node.set("event", event(letter, unmask));
    node.put("unreadable", letter.unreadable());
    node.set("failure", failure(letter));
    ArrayNode hops = node.putArray("hops");
    for (Hops.Hop hop : Hops.of(letter)) {
      hops.addObject().put("time", text(hop.time())).put("what", hop.what());
    }
    ArrayNode headers = node.putArray("headers");
    for (Header header : letter.message().headers()) {
      header(headers.addObject(), header, unmask);
    }
    node.set("payload", payload(payload));
    return node;
  }

  private static @Nullable String text(@Nullable Instant time) {
    return time == null ? null : time.toString();
  }

  private static @Nullable ObjectNode event(Letter letter, boolean unmask) {
    CloudEvent event = letter.event();
    if (event == null) {
      return null;
    }
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    for (String name : event.getAttributeNames()) {
      Object value = event.getAttribute(name);
      if (value != null) {
        node.put(name, value.toString());
      }
    }
    for (String name : new TreeSet<>(event.getExtensionNames())) {
      boolean isHidden = !unmask && Secrets.isSecret(name);
      node.put(name, isHidden ? Secrets.MASK : String.valueOf(event.getExtension(name)));
    }
    return node;
  }

  private static ObjectNode failure(Letter letter) {
    FailureReport failure = letter.failure();
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("group", letter.fingerprint().id());
    node.put("writer", failure.writer().name().toLowerCase(Locale.ROOT).replace('_', '-'));
    node.put("reason", failure.reason());
    node.put("exception", failure.exception());
    node.put("message", failure.message());
    node.put("frame", failure.applicationFrame());
    node.put("firstFailure", text(failure.firstFailure()));
    node.put("lastFailure", text(failure.lastFailure()));
    node.put("attempts", failure.attempts());
    node.put("replays", failure.replays());
    node.put("subscription", failure.subscription());
    node.put("originAddress", failure.originAddress());
    node.put("originPartition", failure.originPartition());
    node.put("originPosition", failure.originPosition());
    node.put("stackTrace", failure.stackTrace());
    return node;
  }

  /** A value that is no text is in hexadecimal, under a name of its own. */
  private static void header(ObjectNode node, Header header, boolean unmask) {
    node.put("name", header.name());
    byte[] value = header.value();
    String text = value == null ? null : Hex.text(value);
    if (value != null && !unmask && Secrets.isSecret(header.name())) {
      node.put("value", Secrets.MASK);
    } else if (value == null || text != null) {
      node.put("value", text);
    } else {
      node.put("hex", HexFormat.of().formatHex(value));
    }
  }

  /** The second part of W3C's traceparent. */
  private static @Nullable String traceId(Letter letter) {
    Object parent = letter.event() == null ? null : letter.event().getExtension("traceparent");
    byte[] header = parent == null ? letter.message().header("traceparent") : null;
    String text = parent != null ? parent.toString() : header == null ? null : Hex.text(header);
    String[] parts = text == null ? new String[0] : text.split("-", -1);
    return parts.length >= 4 && parts[1].length() == TRACE_ID ? parts[1] : null;
  }

  private static ObjectNode payload(ShownPayload payload) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("bytes", payload.bytes().length);
    node.put("form", payload.form());
    node.put("schema", payload.schema());
    node.set("data", payload.data());
    node.put("text", payload.text());
    node.put(
        "hex", payload.form().equals("binary") ? HexFormat.of().formatHex(payload.bytes()) : null);
    node.put("why", payload.why());
    return node;
  }
}
