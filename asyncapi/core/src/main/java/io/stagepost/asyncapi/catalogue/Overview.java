package io.stagepost.asyncapi.catalogue;

import static io.stagepost.asyncapi.catalogue.Html.attr;
import static io.stagepost.asyncapi.catalogue.Html.href;
import static io.stagepost.asyncapi.catalogue.Html.tag;

import io.stagepost.asyncapi.Channel;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Finding;
import io.stagepost.asyncapi.Operation;
import io.stagepost.asyncapi.Server;
import io.stagepost.asyncapi.Severity;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The pages that lead to all others. */
final class Overview {
  /** More applications and places are drawn on a page of their own only. */
  private static final int SMALL = 40;

  private final Landscape landscape;
  private final Graph graph;

  /** How many contracts have a title and version. */
  private final Map<String, Integer> titles = new HashMap<>();

  Overview(Landscape landscape) {
    this.landscape = landscape;
    this.graph = Graph.of(landscape);
    landscape.entries().forEach(entry -> titles.merge(titled(entry), 1, Integer::sum));
  }

  Html contracts() {
    List<Entry> entries = landscape.entries();
    long wrong = entries.stream().filter(entry -> entry.valid().isEmpty()).count();
    long messages =
        entries.stream()
            .flatMap(e -> e.valid().stream())
            .mapToLong(c -> Documented.messages(c).size())
            .sum();
    List<Html> rows = entries.stream().map(this::row).toList();
    boolean isSmall = graph.nodes().size() <= SMALL && !graph.edges().isEmpty();
    return Html.all(
        tag("h1", "Contracts"),
        tag(
            "p.lead",
            Words.count(entries.size(), "contract")
                + ", "
                + Words.count(landscape.places().size(), "channel")
                + ", "
                + Words.count(messages, "message")
                + (wrong == 0 ? "." : "; " + wrong + " not valid.")),
        rows.isEmpty()
            ? tag("p", "No AsyncAPI document was found.")
            : Shell.table(
                "Contracts",
                List.of("Contract", "Owner", "Sends", "Receives", "Protocol", "State"),
                rows),
        isSmall ? Html.all(tag("h2", "Who talks to whom"), picture("")) : Html.NONE,
        cycles(),
        deprecations());
  }

  private Html row(Entry entry) {
    Contract contract = entry.valid().orElse(null);
    String summary = contract == null ? "" : brief(Markdown.opening(contract.description()));
    return tag(
        "tr",
        tag(
            "th",
            attr("scope", "row"),
            tag("a", href(Pages.of(entry)), entry.title()),
            " ",
            tag("span.muted", entry.version()),
            isAlone(entry) ? Html.NONE : tag("p.brief", entry.file()),
            summary.isEmpty() ? Html.NONE : tag("p.brief", summary)),
        tag("td", entry.owner()),
        tag("td.number", contract == null ? "" : count(contract, Operation.Action.SEND)),
        tag("td.number", contract == null ? "" : count(contract, Operation.Action.RECEIVE)),
        tag("td", contract == null ? "" : protocols(contract)),
        tag("td", state(entry)));
  }

  /** Whether no other contract has its title and version. */
  private boolean isAlone(Entry entry) {
    return titles.getOrDefault(titled(entry), 0) == 1;
  }

  private static String titled(Entry entry) {
    return entry.title() + " " + entry.version();
  }

  static String brief(String text) {
    return text.length() <= 140 ? text : text.substring(0, 139).strip() + "…";
  }

  private static String count(Contract contract, Operation.Action action) {
    return String.valueOf(
        contract.operations().values().stream().filter(o -> o.action() == action).count());
  }

  private static String protocols(Contract contract) {
    return contract.servers().values().stream()
        .map(Server::protocol)
        .distinct()
        .collect(Collectors.joining(", "));
  }

  static Html state(Entry entry) {
    long errors = entry.findings().stream().filter(f -> f.severity() == Severity.ERROR).count();
    return errors > 0
        ? Shell.badge("bad", Words.count(errors, "error"))
        : entry.findings().isEmpty()
            ? Shell.badge("good", "valid")
            : Shell.badge("good", "valid, " + Words.count(entry.findings().size(), "note"));
  }

  private Html picture(String root) {
    if (graph.nodes().size() > Drawing.MOST) {
      return tag(
          "p",
          Words.count(graph.nodes().size(), "application")
              + " and channels are too many to draw. Each contract's page shows what is around it.");
    }
    Html svg = new Drawing(graph, 1100, "", page -> root + page).svg("Who talks to whom");
    return Shell.figure(
        svg,
        "Who talks to whom",
        "Boxes are applications, rounded ones channels; an arrow is the way of messages, a dashed"
            + " one that of replies. Red is where messages can go round.");
  }

  private Html cycles() {
    List<Html> items = new ArrayList<>();
    for (Graph.Cycle cycle : graph.cycles()) {
      List<Html> names = new ArrayList<>();
      for (Graph.Node node : cycle.nodes()) {
        names.add(names.isEmpty() ? Html.NONE : Html.all(", "));
        names.add(tag("a", href(node.page()), node.label()));
      }
      items.add(tag("li", names));
    }
    return items.isEmpty()
        ? Html.NONE
        : Html.all(
            tag("h2", "Cycles"),
            tag("p", "Among these a message can cause another that comes back to its sender."),
            tag("ul", items));
  }

  private Html deprecations() {
    List<Html> rows = new ArrayList<>();
    for (Entry entry : landscape.entries()) {
      for (Documented.Leaving each : entry.valid().map(Documented::deprecated).orElse(List.of())) {
        rows.add(each.row(entry));
      }
    }
    return rows.isEmpty()
        ? Html.NONE
        : Html.all(
            tag("h2", "Deprecated"),
            Shell.table(
                "Deprecated",
                List.of("What", "Contract", "Since", "Sunset", "Instead", "Why"),
                rows));
  }

  Html channels() {
    List<Html> rows = new ArrayList<>();
    for (Landscape.Place place : landscape.places()) {
      Set<String> messages = new LinkedHashSet<>();
      place.described().stream()
          .flatMap(described -> described.channel().messages().values().stream())
          .forEach(message -> messages.add(message.name()));
      rows.add(
          tag(
              "tr",
              tag(
                  "th",
                  attr("scope", "row"),
                  tag("a", href(Pages.of(place)), tag("code", place.name())),
                  place.isAddress() ? Html.NONE : tag("p.brief", "address known at run time")),
              tag("td", place.protocol()),
              tag("td", applications(place, true)),
              tag("td", applications(place, false)),
              tag("td", brief(String.join(", ", messages)))));
    }
    return Html.all(
        tag("h1", "Channels"),
        tag(
            "p.lead",
            "Where messages go. Channels of several contracts with one address and protocol are one."),
        rows.isEmpty()
            ? Html.NONE
            : Shell.table(
                "Channels",
                List.of("Address", "Protocol", "Senders", "Receivers", "Messages"),
                rows));
  }

  private static List<Html> applications(Landscape.Place place, boolean out) {
    List<Html> links = new ArrayList<>();
    Set<Entry> seen = new LinkedHashSet<>();
    for (Landscape.Use use : place.uses(out)) {
      if (seen.add(use.entry())) {
        links.add(links.isEmpty() ? Html.NONE : Html.all(", "));
        links.add(tag("a", href(Pages.of(use.entry())), use.entry().title()));
      }
    }
    return links;
  }

  Html map() {
    List<Html> errors = new ArrayList<>();
    for (Entry entry : landscape.entries()) {
      if (entry.valid().isEmpty()) {
        errors.add(tag("li", tag("a", href(Pages.of(entry)), entry.title())));
      }
    }
    List<Html> lines = new ArrayList<>();
    for (Landscape.Place place : landscape.places()) {
      if (!place.uses().isEmpty()) {
        lines.add(
            tag(
                "tr",
                tag("td", applications(place, true)),
                tag("td", tag("a", href(Pages.of(place)), tag("code", place.name()))),
                tag("td", applications(place, false))));
      }
    }
    return Html.all(
        tag("h1", "Map"),
        lines.isEmpty() ? tag("p", "No contract has an operation.") : picture(""),
        cycles(),
        lines.isEmpty()
            ? Html.NONE
            : Html.all(
                tag("h2", "The same as a table"),
                Shell.table("Who talks to whom", List.of("From", "By", "To"), lines)),
        errors.isEmpty()
            ? Html.NONE
            : Html.all(tag("h2", "Not on the map, since not valid"), tag("ul", errors)));
  }

  /** Findings, as a table. */
  static Html findings(Entry entry, List<Finding> findings) {
    List<Html> rows = new ArrayList<>();
    for (Finding finding : findings) {
      rows.add(
          tag(
              "tr",
              tag(
                  "td",
                  Shell.badge(
                      finding.severity() == Severity.ERROR ? "bad" : "warn",
                      finding.severity().toString())),
              tag(
                  "td.where",
                  tag(
                      "code",
                      entry.shown(finding.file()) + ":" + finding.line() + ":" + finding.column())),
              tag(
                  "td",
                  text(entry, finding.message()),
                  ". ",
                  tag("span.muted", finding.remedy(), " (", tag("code", finding.ruleId()), ")"))));
    }
    return Shell.table("Findings", List.of("Severity", "Where", "What"), rows);
  }

  /** Messages may name files: without what is the machine's own. */
  private static String text(Entry entry, String message) {
    String directory = Entry.slashed(entry.directory()) + "/";
    return message.replace(directory, "");
  }

  /** The state of a channel's address, for pages that show it. */
  static Html address(Channel channel) {
    return channel.address() == null
        ? tag("span.muted", "known at run time")
        : tag("code", channel.address());
  }
}
