package io.stagepost.asyncapi.catalogue;

import static io.stagepost.asyncapi.catalogue.Html.attr;
import static io.stagepost.asyncapi.catalogue.Html.tag;

import io.stagepost.asyncapi.Payload;
import java.util.ArrayList;
import java.util.List;

/** A schema, as a table of its fields where we know its language. */
final class SchemaTable {
  private SchemaTable() {}

  static List<Field> fields(Payload payload) {
    return switch (payload.format()) {
      case AVRO -> payload.schema().text() == null ? new AvroFields(payload).all() : List.of();
      case PROTOBUF, OTHER -> List.of();
      case ASYNCAPI, JSON_SCHEMA_07, JSON_SCHEMA_2020_12, OPENAPI -> new JsonFields(payload).all();
    };
  }

  static Html of(String caption, Payload payload) {
    List<Field> fields = fields(payload);
    if (fields.isEmpty()) {
      String text = payload.schema().text();
      return source(
          caption + " (" + payload.schemaFormat() + ")",
          text == null ? JsonText.of(payload.schema(), node -> false) : text);
    }
    List<Html> rows = new ArrayList<>();
    for (Field field : fields) {
      rows.add(
          field.name().isEmpty() && field.depth() + rows.size() > 0 ? note(field) : row(field));
    }
    String format = payload.format().isJsonSchema() ? "" : " · " + payload.schemaFormat();
    return Html.all(tag("h4", caption, tag("span.muted", format)), Shell.fields(caption, rows));
  }

  static Html source(String caption, String text) {
    return Html.all(
        tag("h4", caption),
        tag("pre", attr("tabindex", "0"), attr("aria-label", caption), tag("code", text)));
  }

  private static Html note(Field field) {
    return tag(
        "tr.note",
        tag(
            "td.depth-" + Math.min(field.depth(), Field.DEEPEST),
            attr("colspan", "3"),
            field.type()));
  }

  private static Html row(Field field) {
    List<Html> meaning = new ArrayList<>();
    if (!field.sensitive().isEmpty()) {
      String kind = field.sensitive().equals("sensitive") ? "" : ": " + field.sensitive();
      meaning.add(Shell.badge("warn", "sensitive" + kind));
    }
    if (field.isDeprecated()) {
      meaning.add(Shell.badge("warn", "deprecated"));
    }
    meaning.add(Markdown.of(field.description(), 4));
    if (!field.constraints().isEmpty()) {
      meaning.add(tag("p.constraints", String.join(" · ", field.constraints())));
    }
    String name = field.name().isEmpty() ? "(the whole)" : field.name();
    return tag(
        "tr",
        tag(
            "th.depth-" + Math.min(field.depth(), Field.DEEPEST),
            attr("scope", "row"),
            tag("code", name),
            field.isRequired() ? Html.all(" ", tag("span.required", "required")) : Html.NONE),
        tag("td.type", field.type()),
        tag("td", meaning));
  }
}
