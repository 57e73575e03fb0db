package io.stagepost.asyncapi.catalogue;

import static io.stagepost.asyncapi.catalogue.Html.attr;
import static io.stagepost.asyncapi.catalogue.Html.href;
import static io.stagepost.asyncapi.catalogue.Html.tag;

import io.stagepost.asyncapi.Channel;
import io.stagepost.asyncapi.Message;
import io.stagepost.asyncapi.Parameter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The page of a place where messages go: who sends, who receives, and what. */
final class ChannelPage {
  private final Landscape landscape;
  private final Landscape.Place place;
  private final Map<Entry, Anchors> anchors = new HashMap<>();

  ChannelPage(Landscape landscape, Landscape.Place place) {
    this.landscape = landscape;
    this.place = place;
  }

  Html html() {
    List<Html> marks = new ArrayList<>();
    if (!place.protocol().isEmpty()) {
      marks.add(Shell.badge("plain", place.protocol()));
    }
    if (!place.isAddress()) {
      marks.add(Shell.badge("plain", "address known at run time"));
    }
    Graph graph = Graph.of(landscape, List.of(place));
    Html picture = Html.NONE;
    if (!graph.edges().isEmpty() && graph.nodes().size() <= 120) {
      Html svg =
          new Drawing(graph, 1000, "place:" + place.slug(), page -> "../" + page)
              .svg("Around " + place.name());
      picture = Shell.figure(svg, "Around " + place.name(), "Who uses this channel.");
    }
    return Html.all(
        tag("h1", tag("code", place.name()), marks),
        picture,
        uses("Senders", true),
        uses("Receivers", false),
        tag("h2", "What the contracts say of it"),
        place.described().stream().map(this::described).toList());
  }

  private Html uses(String name, boolean out) {
    List<Html> rows = new ArrayList<>();
    for (Landscape.Use use : place.uses(out)) {
      String page = "../" + Pages.of(use.entry());
      rows.add(
          tag(
              "tr",
              tag("th", attr("scope", "row"), tag("a", href(page), use.entry().title())),
              tag("td", use.entry().owner()),
              tag(
                  "td",
                  tag("a", href(page + "#" + Anchors.of(use.operation())), use.operation().key()),
                  " ",
                  tag("span.muted", use.role().verb)),
              tag("td", messages(use.entry(), use.messages()))));
    }
    return Html.all(
        tag("h2", name),
        rows.isEmpty()
            ? tag("p.muted", "None of the contracts here.")
            : Shell.table(name, List.of("Application", "Owner", "Operation", "Messages"), rows));
  }

  private Html messages(Entry entry, Iterable<Message> messages) {
    Anchors known = anchors.computeIfAbsent(entry, e -> new Anchors(e.valid().orElseThrow()));
    List<Html> links = new ArrayList<>();
    for (Message message : messages) {
      links.add(links.isEmpty() ? Html.NONE : Html.all(", "));
      links.add(tag("a", href("../" + Pages.of(entry) + "#" + known.of(message)), message.name()));
    }
    return Html.all(links);
  }

  private Html described(Landscape.Described described) {
    Channel channel = described.channel();
    Entry entry = described.entry();
    return tag(
        "section.channel",
        tag(
            "h3",
            tag("a", href("../" + Pages.of(entry) + "#" + Anchors.of(channel)), entry.title()),
            tag("span.version", entry.version())),
        ContractPage.summary(channel.summary(), channel.description()),
        tag(
            "dl.facts",
            place.isAddress() && !place.name().equals(channel.address())
                ? tag("div", tag("dt", "Address"), tag("dd", Overview.address(channel)))
                : Html.NONE,
            tag(
                "div",
                tag("dt", "Carries"),
                tag("dd", messages(entry, channel.messages().values())))),
        parameters(channel),
        ContractPage.bindings(channel.bindings()));
  }

  static Html parameters(Channel channel) {
    List<Html> rows = new ArrayList<>();
    for (Parameter parameter : channel.parameters().values()) {
      String values = parameter.values().isEmpty() ? "any" : String.join(", ", parameter.values());
      String fallback =
          parameter.defaultValue() == null ? "" : " (default " + parameter.defaultValue() + ")";
      rows.add(
          tag(
              "tr",
              tag("th", attr("scope", "row"), tag("code", parameter.name())),
              tag("td", values + fallback),
              tag("td", tag("code", Objects.requireNonNullElse(parameter.location(), ""))),
              tag("td", Markdown.of(parameter.description(), 4))));
    }
    return rows.isEmpty()
        ? Html.NONE
        : Html.all(
            tag("h4", "Parameters of the address"),
            Shell.table(
                "Parameters of the address",
                List.of("Name", "Values", "Stands in", "Meaning"),
                rows));
  }
}
