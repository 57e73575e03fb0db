package io.stagepost.asyncapi.catalogue;

import static io.stagepost.asyncapi.catalogue.Html.attr;
import static io.stagepost.asyncapi.catalogue.Html.tag;

import io.stagepost.asyncapi.Message;
import io.stagepost.asyncapi.Payload;
import io.stagepost.asyncapi.tree.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A message: what it means, its fields, and examples. */
final class MessageSection {
  private MessageSection() {}

  static Html of(Message message, String anchor) {
    List<Html> facts = new ArrayList<>();
    fact(facts, "Content type", message.contentType());
    Node type = message.extensions().get("x-event-type");
    fact(facts, "Event type", type == null ? null : type.text());
    fact(facts, "Correlation id", message.correlationId());
    Payload payload = message.payload();
    Payload headers = message.headers();
    return tag(
        "section.message",
        attr("id", anchor),
        attr("aria-labelledby", anchor + "-name"),
        tag("h3", attr("id", anchor + "-name"), name(message), badges(message)),
        ContractPage.summary(message.summary(), message.description()),
        deprecation(message),
        facts.isEmpty() ? Html.NONE : tag("dl.facts", facts),
        payload == null ? Html.NONE : SchemaTable.of("Payload", payload),
        headers == null ? Html.NONE : SchemaTable.of("Headers", headers),
        examples(message, payload, headers),
        ContractPage.bindings(message.bindings()));
  }

  private static Html name(Message message) {
    String title = message.title();
    return title == null || title.equals(message.name())
        ? tag("code", message.name())
        : Html.all(title, " ", tag("code.muted", message.name()));
  }

  private static Html badges(Message message) {
    List<Html> badges = new ArrayList<>();
    Node kind = message.extensions().get("x-message-kind");
    if (kind != null && kind.text() != null) {
      badges.add(Shell.badge("plain", kind.text()));
    }
    if (message.deprecated() || message.extensions().containsKey("x-deprecation")) {
      badges.add(Shell.badge("warn", "deprecated"));
    }
    message.tags().forEach(name -> badges.add(Shell.badge("tag", name)));
    return Html.all(badges);
  }

  private static Html deprecation(Message message) {
    Node terms = message.extensions().get("x-deprecation");
    return terms == null ? Html.NONE : tag("p.callout", "Deprecated: " + Words.of(terms));
  }

  private static void fact(List<Html> facts, String name, @Nullable String value) {
    if (value != null) {
      facts.add(tag("div", tag("dt", name), tag("dd", tag("code", value))));
    }
  }

  private static Html examples(
      Message message, @Nullable Payload payload, @Nullable Payload headers) {
    List<Html> all = new ArrayList<>();
    int number = 0;
    for (Message.Example example : message.examples()) {
      number++;
      String name = example.name() == null ? "Example " + number : "Example: " + example.name();
      List<Html> parts = new ArrayList<>();
      boolean hides = shown(parts, "Headers", example.headers(), headers);
      hides |= shown(parts, example.headers() == null ? "" : "Payload", example.payload(), payload);
      if (hides) {
        parts.add(tag("p.brief", "••• stands for what is sensitive."));
      }
      Html heading =
          tag("summary", name, example.summary() == null ? "" : " – " + example.summary());
      all.add(
          number == 1
              ? tag("details.example", attr("open", ""), heading, parts)
              : tag("details.example", heading, parts));
    }
    return all.isEmpty() ? Html.NONE : Html.all(tag("h4", "Examples"), all);
  }

  private static boolean shown(
      List<Html> parts, String label, @Nullable Node value, @Nullable Payload schema) {
    if (value == null) {
      return false;
    }
    Set<Node> hidden = schema == null ? Set.of() : Sensitive.in(value, schema);
    String written = value.text();
    String text =
        written == null || hidden.contains(value) ? JsonText.of(value, hidden::contains) : written;
    if (!label.isEmpty()) {
      parts.add(tag("p.label", label));
    }
    parts.add(
        tag(
            "pre",
            attr("tabindex", "0"),
            attr("aria-label", label.isEmpty() ? "Example" : "Example's " + label),
            tag("code", text)));
    return !hidden.isEmpty();
  }
}
