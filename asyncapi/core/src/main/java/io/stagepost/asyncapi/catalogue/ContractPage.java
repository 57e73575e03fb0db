package io.stagepost.asyncapi.catalogue;

import static io.stagepost.asyncapi.catalogue.Html.attr;
import static io.stagepost.asyncapi.catalogue.Html.href;
import static io.stagepost.asyncapi.catalogue.Html.tag;

import io.stagepost.asyncapi.Channel;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Message;
import io.stagepost.asyncapi.Operation;
import io.stagepost.asyncapi.Server;
import io.stagepost.asyncapi.Terms;
import io.stagepost.asyncapi.tree.Node;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The page of a contract. */
final class ContractPage {
  private final Landscape landscape;
  private final Entry entry;

  ContractPage(Landscape landscape, Entry entry) {
    this.landscape = landscape;
    this.entry = entry;
  }

  Html html() {
    return entry.valid().map(this::valid).orElseGet(this::wrong);
  }

  private Html wrong() {
    return Html.all(
        tag("h1", entry.title(), tag("span.version", entry.version())),
        tag("p.facts", Overview.state(entry), " ", tag("code", entry.file())),
        tag("p.callout.bad", "This contract is not valid, so it is not shown. What is wrong:"),
        Overview.findings(entry, entry.findings()));
  }

  private Html valid(Contract contract) {
    Anchors anchors = new Anchors(contract);
    List<Section> sections = new ArrayList<>();
    Graph graph = Graph.around(landscape, entry);
    if (!graph.edges().isEmpty() && graph.nodes().size() <= 120) {
      Html svg =
          new Drawing(graph, 1000, "app:" + entry.slug(), page -> "../" + page)
              .svg("Around " + entry.title());
      sections.add(
          new Section(
              "around",
              "Around it",
              Shell.figure(
                  svg,
                  "Around " + entry.title(),
                  "This application, its channels, and who else uses them.")));
    }
    List<Html> operations =
        contract.operations().values().stream().map(o -> operation(contract, o, anchors)).toList();
    sections.add(new Section("operations", "Operations", Html.all(operations)));
    List<Html> channels =
        contract.channels().values().stream().map(c -> channel(c, anchors)).toList();
    sections.add(new Section("channels", "Channels", Html.all(channels)));
    List<Html> messages =
        Documented.messages(contract).stream()
            .map(message -> MessageSection.of(message, anchors.of(message)))
            .toList();
    sections.add(new Section("messages", "Messages", Html.all(messages)));
    sections.add(new Section("servers", "Servers", servers(contract)));
    if (!entry.findings().isEmpty()) {
      sections.add(
          new Section(
              "findings", "Notes of the check", Overview.findings(entry, entry.findings())));
    }
    sections.removeIf(section -> section.html().isEmpty());
    return Html.all(
        header(contract),
        tag(
            "div.columns",
            contents(contract, sections, anchors),
            tag("div.content", body(sections))));
  }

  private record Section(String id, String name, Html html) {}

  private static List<Html> body(List<Section> sections) {
    return sections.stream()
        .map(
            section ->
                tag(
                    "section",
                    attr("aria-labelledby", section.id()),
                    tag("h2", attr("id", section.id()), section.name()),
                    section.html()))
        .toList();
  }

  private static Html contents(Contract contract, List<Section> sections, Anchors anchors) {
    List<Html> items = new ArrayList<>();
    for (Section section : sections) {
      List<Html> below = new ArrayList<>();
      if (section.id().equals("operations")) {
        contract.operations().values().forEach(o -> below.add(item(Anchors.of(o), o.key())));
      } else if (section.id().equals("channels")) {
        contract.channels().values().forEach(c -> below.add(item(Anchors.of(c), c.key())));
      } else if (section.id().equals("messages")) {
        Documented.messages(contract).forEach(m -> below.add(item(anchors.of(m), m.name())));
      }
      items.add(
          tag(
              "li",
              tag("a", href("#" + section.id()), section.name()),
              below.isEmpty() ? Html.NONE : tag("ul", below)));
    }
    return tag("nav.contents", attr("aria-label", "On this page"), tag("ul", items));
  }

  private static Html item(String anchor, String name) {
    return tag("li", tag("a", href("#" + anchor), name));
  }

  private Html header(Contract contract) {
    List<Html> facts = new ArrayList<>();
    fact(facts, "Owner", owner(contract));
    fact(facts, "Contact", contact(contract));
    Node license =
        contract.node().get("info") == null ? null : contract.node().get("info").get("license");
    fact(
        facts,
        "Licence",
        license == null || license.text("name") == null
            ? Html.NONE
            : Html.all(license.text("name")));
    fact(facts, "Id", contract.id() == null ? Html.NONE : tag("code", contract.id()));
    fact(facts, "AsyncAPI", Html.all(contract.specification()));
    fact(facts, "File", tag("code", entry.file()));
    return Html.all(
        tag("h1", entry.title(), tag("span.version", entry.version()), " ", Overview.state(entry)),
        Markdown.of(contract.description(), 1),
        tag("dl.facts", facts));
  }

  private static Html owner(Contract contract) {
    return Terms.of(contract)
        .find("x-owner")
        .map(node -> Html.all(node.text() == null ? Words.of(node) : node.text()))
        .orElse(Html.NONE);
  }

  private static Html contact(Contract contract) {
    Node info = contract.node().get("info");
    Node contact = info == null ? null : info.get("contact");
    if (contact == null) {
      return Html.NONE;
    }
    return Html.all(
        List.of("name", "email", "url").stream()
            .map(contact::text)
            .filter(text -> text != null)
            .collect(Collectors.joining(", ")));
  }

  private static void fact(List<Html> facts, String name, Html value) {
    if (!value.isEmpty()) {
      facts.add(tag("div", tag("dt", name), tag("dd", value)));
    }
  }

  static Html summary(@Nullable String summary, @Nullable String description) {
    boolean isSame = summary != null && summary.equals(description);
    return Html.all(Markdown.of(summary, 4), isSame ? Html.NONE : Markdown.of(description, 4));
  }

  private Html operation(Contract contract, Operation operation, Anchors anchors) {
    String id = Anchors.of(operation);
    boolean sends = operation.action() == Operation.Action.SEND;
    Node deprecation = operation.extensions().get("x-deprecation");
    List<Html> marks = new ArrayList<>();
    marks.add(Shell.badge(sends ? "send" : "receive", sends ? "sends" : "receives"));
    if (deprecation != null) {
      marks.add(Shell.badge("warn", "deprecated"));
    }
    operation.tags().forEach(name -> marks.add(Shell.badge("tag", name)));
    return tag(
        "section.operation",
        attr("id", id),
        attr("aria-labelledby", id + "-name"),
        tag(
            "h3",
            attr("id", id + "-name"),
            operation.title() == null ? operation.key() : operation.title(),
            marks),
        summary(operation.summary(), operation.description()),
        deprecation == null ? Html.NONE : tag("p.callout", "Deprecated: " + Words.of(deprecation)),
        tag(
            "dl.facts",
            tag("div", tag("dt", sends ? "To" : "From"), tag("dd", place(operation.channel()))),
            tag("div", tag("dt", "Messages"), tag("dd", messages(operation.messages(), anchors))),
            reply(operation, anchors),
            counterparts(operation, sends),
            security(operation.security())),
        TermsTable.of(entry, contract, operation),
        bindings(operation.bindings()));
  }

  private Html place(Channel channel) {
    Landscape.Place place = landscape.place(channel);
    Html name = Overview.address(channel);
    return place == null ? name : tag("a", href("../" + Pages.of(place)), name);
  }

  private static Html messages(List<Message> messages, Anchors anchors) {
    List<Html> links = new ArrayList<>();
    for (Message message : messages) {
      links.add(links.isEmpty() ? Html.NONE : Html.all(", "));
      links.add(tag("a", href("#" + anchors.of(message)), message.name()));
    }
    return links.isEmpty() ? tag("span.muted", "none are named") : Html.all(links);
  }

  private Html reply(Operation operation, Anchors anchors) {
    Operation.Reply reply = operation.reply();
    if (reply == null) {
      return Html.NONE;
    }
    Channel channel = reply.channel();
    return tag(
        "div",
        tag("dt", "Answered by"),
        tag(
            "dd",
            reply.messages().isEmpty() ? Html.NONE : messages(reply.messages(), anchors),
            channel == null ? Html.NONE : Html.all(" in ", place(channel)),
            reply.address() == null ? Html.NONE : Html.all(", at ", tag("code", reply.address()))));
  }

  private Html counterparts(Operation operation, boolean sends) {
    Landscape.Place place = landscape.place(operation.channel());
    Set<Entry> others = new LinkedHashSet<>();
    if (place != null) {
      place.uses(!sends).stream()
          .map(Landscape.Use::entry)
          .filter(e -> !e.equals(entry))
          .forEach(others::add);
    }
    List<Html> links = new ArrayList<>();
    for (Entry other : others) {
      links.add(links.isEmpty() ? Html.NONE : Html.all(", "));
      links.add(tag("a", href("../" + Pages.of(other)), other.title()));
    }
    return links.isEmpty()
        ? Html.NONE
        : tag("div", tag("dt", sends ? "Received by" : "Sent by"), tag("dd", links));
  }

  static Html security(List<Node> schemes) {
    if (schemes.isEmpty()) {
      return Html.NONE;
    }
    String names =
        schemes.stream()
            .map(scheme -> scheme.text("type") == null ? "?" : scheme.text("type"))
            .distinct()
            .collect(Collectors.joining(" or "));
    return tag("div", tag("dt", "Security"), tag("dd", names));
  }

  private Html channel(Channel channel, Anchors anchors) {
    String id = Anchors.of(channel);
    Node deprecation = channel.extensions().get("x-deprecation");
    String title = channel.title() == null ? channel.key() : channel.title();
    return tag(
        "section.channel",
        attr("id", id),
        attr("aria-labelledby", id + "-name"),
        tag(
            "h3",
            attr("id", id + "-name"),
            title,
            deprecation == null ? Html.NONE : Shell.badge("warn", "deprecated"),
            channel.tags().stream().map(name -> Shell.badge("tag", name)).toList()),
        summary(channel.summary(), channel.description()),
        deprecation == null ? Html.NONE : tag("p.callout", "Deprecated: " + Words.of(deprecation)),
        tag(
            "dl.facts",
            tag("div", tag("dt", "Address"), tag("dd", place(channel))),
            tag(
                "div",
                tag("dt", "Carries"),
                tag("dd", messages(List.copyOf(channel.messages().values()), anchors))),
            channel.servers().isEmpty()
                ? Html.NONE
                : tag(
                    "div",
                    tag("dt", "Servers"),
                    tag(
                        "dd",
                        channel.servers().stream()
                            .map(Server::key)
                            .collect(Collectors.joining(", "))))),
        ChannelPage.parameters(channel),
        bindings(channel.bindings()));
  }

  static Html bindings(Map<String, Node> bindings) {
    List<Html> all = new ArrayList<>();
    bindings.forEach(
        (protocol, node) -> {
          if (!node.members().isEmpty()) {
            all.add(
                tag(
                    "details",
                    tag("summary", "Binding: " + protocol),
                    tag(
                        "pre",
                        attr("tabindex", "0"),
                        attr("aria-label", "Binding " + protocol),
                        tag("code", JsonText.of(node, n -> false)))));
          }
        });
    return Html.all(all);
  }

  private static Html servers(Contract contract) {
    List<Html> rows = new ArrayList<>();
    for (Server server : contract.servers().values()) {
      String security =
          server.security().stream()
              .map(scheme -> scheme.text("type") == null ? "?" : scheme.text("type"))
              .distinct()
              .collect(Collectors.joining(" or "));
      String version = server.protocolVersion() == null ? "" : " " + server.protocolVersion();
      String path = server.pathname() == null ? "" : server.pathname();
      rows.add(
          tag(
              "tr",
              tag("th", attr("scope", "row"), server.key()),
              tag("td", server.protocol() + version),
              tag("td", tag("code", server.host() + path)),
              tag("td", security.isEmpty() ? tag("span.muted", "none is named") : security),
              tag("td", Markdown.of(server.node().text("description"), 3))));
    }
    return rows.isEmpty()
        ? Html.NONE
        : Shell.table(
            "Servers", List.of("Name", "Protocol", "Host", "Security", "Description"), rows);
  }
}
