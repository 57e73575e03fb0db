package io.stagepost.asyncapi.catalogue;

import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Message;
import io.stagepost.asyncapi.Operation;
import io.stagepost.asyncapi.Payload;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;

/** What the search of a site looks in: a script, since pages of files may load nothing else. */
final class SearchIndex {
  private static final JsonMapper JSON = new JsonMapper();
  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}_.-]{2,}");

  /** The most words that are kept of one thing. */
  private static final int WORDS = 300;

  private final ArrayNode all = JSON.createArrayNode();

  SearchIndex(Landscape landscape) {
    for (Entry entry : landscape.entries()) {
      String page = Pages.of(entry);
      String about = entry.version() + (entry.owner().isEmpty() ? "" : " · " + entry.owner());
      String description =
          entry.valid().map(contract -> Markdown.plain(contract.description())).orElse("not valid");
      add("contract", entry.title(), page, about, List.of(description, entry.file()));
      entry.valid().ifPresent(contract -> parts(entry, contract, page));
    }
    for (Landscape.Place place : landscape.places()) {
      List<String> words = new ArrayList<>();
      Set<String> owners = new LinkedHashSet<>();
      for (Landscape.Described described : place.described()) {
        owners.add(described.entry().title());
        words.add(described.channel().key());
        words.add(Markdown.plain(described.channel().description()));
        words.addAll(described.channel().messages().keySet());
      }
      add("channel", place.name(), Pages.of(place), String.join(", ", owners), words);
    }
  }

  private void parts(Entry entry, Contract contract, String page) {
    for (Operation operation : contract.operations().values()) {
      String verb = operation.action() == Operation.Action.SEND ? "sends to " : "receives from ";
      add(
          "operation",
          operation.key(),
          page + "#" + Anchors.of(operation),
          entry.title() + " " + verb + Documented.name(operation.channel()),
          List.of(
              String.valueOf(operation.title()),
              Markdown.plain(operation.summary()),
              Markdown.plain(operation.description())));
    }
    Anchors anchors = new Anchors(contract);
    for (Message message : Documented.messages(contract)) {
      List<String> words = new ArrayList<>();
      words.add(String.valueOf(message.title()));
      words.add(Markdown.plain(message.summary()));
      words.add(Markdown.plain(message.description()));
      Set<String> fields = new TreeSet<>();
      for (Payload payload : new Payload[] {message.payload(), message.headers()}) {
        if (payload != null) {
          SchemaTable.fields(payload).forEach(field -> fields.add(field.name()));
        }
      }
      words.addAll(fields);
      add("message", message.name(), page + "#" + anchors.of(message), entry.title(), words);
    }
  }

  private void add(String kind, String title, String page, String about, List<String> texts) {
    Set<String> words = new LinkedHashSet<>();
    for (String text : texts) {
      for (Matcher word = WORD.matcher(text.toLowerCase(Locale.ROOT)); word.find(); ) {
        if (words.size() < WORDS) {
          words.add(word.group());
        }
      }
    }
    all.addArray().add(kind).add(title).add(page).add(about).add(String.join(" ", words));
  }

  /** A script that sets the index. */
  String script() {
    StringBuilder script = new StringBuilder("window.catalogueIndex = [\n");
    all.forEach(each -> script.append(JSON.writeValueAsString(each)).append(",\n"));
    // What ends a script, or a line in older engines, is escaped.
    String safe =
        script
            .toString()
            .replace("<", "\\u003c")
            .replace("\u2028", "\\u2028")
            .replace("\u2029", "\\u2029");
    return safe + "];\n";
  }
}
