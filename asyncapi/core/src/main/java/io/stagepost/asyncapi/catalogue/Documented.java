package io.stagepost.asyncapi.catalogue;

import static io.stagepost.asyncapi.catalogue.Html.attr;
import static io.stagepost.asyncapi.catalogue.Html.href;
import static io.stagepost.asyncapi.catalogue.Html.tag;

import io.stagepost.asyncapi.Channel;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Message;
import io.stagepost.asyncapi.Operation;
import io.stagepost.asyncapi.tree.Node;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What of a contract is described on its page, each thing once. */
final class Documented {
  private Documented() {}

  /** What goes away. */
  record Leaving(String kind, String name, String anchor, @Nullable Node terms) {
    Html row(Entry entry) {
      return tag(
          "tr",
          tag(
              "th",
              attr("scope", "row"),
              tag("a", href(Pages.of(entry) + "#" + anchor), name),
              " ",
              tag("span.muted", kind)),
          tag("td", entry.title()),
          tag("td", text("since")),
          tag("td", sunset()),
          tag("td", text("replacement")),
          tag("td", text("reason")));
    }

    String text(String member) {
      return terms == null ? "" : Objects.requireNonNullElse(terms.text(member), "");
    }

    /** The day, which the page marks if it is past. */
    Html sunset() {
      String day = text("sunset");
      return day.isEmpty() ? Html.NONE : tag("time.sunset", attr("datetime", day), day);
    }
  }

  /** All messages, each once: by what was written, however many names lead to it. */
  static List<Message> messages(Contract contract) {
    Map<String, Message> found = new LinkedHashMap<>();
    for (Channel channel : contract.channels().values()) {
      channel.messages().values().forEach(message -> found.putIfAbsent(id(message), message));
    }
    for (Operation operation : contract.operations().values()) {
      operation.messages().forEach(message -> found.putIfAbsent(id(message), message));
      Operation.Reply reply = operation.reply();
      if (reply != null) {
        reply.messages().forEach(message -> found.putIfAbsent(id(message), message));
      }
    }
    contract.messages().values().forEach(message -> found.putIfAbsent(id(message), message));
    return List.copyOf(found.values());
  }

  /** What two views of one message have in common. */
  static String id(Message message) {
    return message.node().place() + " " + message.node().pointer();
  }

  static List<Leaving> deprecated(Contract contract) {
    List<Leaving> all = new ArrayList<>();
    for (Channel channel : contract.channels().values()) {
      Node terms = channel.extensions().get("x-deprecation");
      if (terms != null) {
        all.add(new Leaving("channel", name(channel), Anchors.of(channel), terms));
      }
    }
    for (Operation operation : contract.operations().values()) {
      Node terms = operation.extensions().get("x-deprecation");
      if (terms != null) {
        all.add(new Leaving("operation", operation.key(), Anchors.of(operation), terms));
      }
    }
    Anchors anchors = new Anchors(contract);
    for (Message message : messages(contract)) {
      Node terms = message.extensions().get("x-deprecation");
      if (terms != null || message.deprecated()) {
        all.add(new Leaving("message", message.name(), anchors.of(message), terms));
      }
    }
    return all;
  }

  static String name(Channel channel) {
    String address = channel.address();
    return address == null ? channel.key() : address;
  }
}
