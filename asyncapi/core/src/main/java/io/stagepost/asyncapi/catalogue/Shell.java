package io.stagepost.asyncapi.catalogue;

import static io.stagepost.asyncapi.catalogue.Html.attr;
import static io.stagepost.asyncapi.catalogue.Html.href;
import static io.stagepost.asyncapi.catalogue.Html.tag;

import java.util.List;

/** What all pages have around them. */
final class Shell {
  /** Nothing is loaded but our own files, and nothing of a page runs. */
  private static final String POLICY =
      "default-src 'none'; style-src 'self' file:; script-src 'self' file:; base-uri 'none';"
          + " form-action 'none'";

  private Shell() {}

  /**
   * A page.
   *
   * @param path where it is, from the site's root
   * @param title its title
   * @param main what it holds
   */
  static Html page(String path, String title, Html main) {
    String root = path.contains("/") ? "../" : "";
    String name = path.equals(Pages.OVERVIEW) ? "Contracts" : title + " · Contracts";
    Html head =
        tag(
            "head",
            tag("meta", attr("charset", "utf-8")),
            tag(
                "meta",
                attr("name", "viewport"),
                attr("content", "width=device-width, initial-scale=1")),
            tag("meta", attr("http-equiv", "Content-Security-Policy"), attr("content", POLICY)),
            tag("meta", attr("name", "referrer"), attr("content", "no-referrer")),
            tag("meta", attr("name", "color-scheme"), attr("content", "light dark")),
            tag("title", name),
            tag("link", attr("rel", "stylesheet"), href(root + "assets/map.css")),
            tag("link", attr("rel", "stylesheet"), href(root + "assets/site.css")),
            tag("script", attr("defer", ""), attr("src", root + "assets/index.js")),
            tag("script", attr("defer", ""), attr("src", root + "assets/site.js")));
    Html body =
        tag(
            "body",
            tag("a.skip", href("#main"), "Skip to the content"),
            tag("header.top", tag("div.bar", navigation(path, root), search())),
            tag("main", attr("id", "main"), attr("tabindex", "-1"), main),
            tag(
                "footer.bottom",
                tag("p", "Made by Stagepost from AsyncAPI contracts. Press / to search.")));
    return Html.all(
        Html.trusted("<!doctype html>\n"),
        tag("html", attr("lang", "en"), attr("data-root", root), head, body),
        "\n");
  }

  private static Html navigation(String path, String root) {
    return tag(
        "nav",
        attr("aria-label", "Catalogue"),
        List.of(
            link(path, root, Pages.OVERVIEW, "Contracts", "a.brand"),
            link(path, root, Pages.CHANNELS, "Channels", "a"),
            link(path, root, Pages.MAP, "Map", "a")));
  }

  private static Html link(String path, String root, String page, String name, String element) {
    Html text = Html.all(name);
    return path.equals(page)
        ? tag(element, href(root + page), attr("aria-current", "page"), text)
        : tag(element, href(root + page), text);
  }

  private static Html search() {
    return tag(
        "div.search",
        attr("role", "search"),
        tag("label.unseen", attr("for", "search"), "Search"),
        tag(
            "input",
            attr("id", "search"),
            attr("type", "search"),
            attr("role", "combobox"),
            attr("placeholder", "Search contracts, channels, messages, fields"),
            attr("autocomplete", "off"),
            attr("spellcheck", "false"),
            attr("aria-autocomplete", "list"),
            attr("aria-expanded", "false"),
            attr("aria-controls", "results")),
        tag(
            "ul",
            attr("id", "results"),
            attr("role", "listbox"),
            attr("aria-label", "Found"),
            attr("hidden", "")),
        tag("p.unseen", attr("id", "found"), attr("role", "status")));
  }

  /** A table that may be scrolled by itself. */
  static Html table(String caption, List<String> columns, List<Html> rows) {
    return table("table", caption, columns, rows);
  }

  /** A table of fields, whose columns are as wide in one as in the next. */
  static Html fields(String caption, List<Html> rows) {
    return table("table.fields", caption, List.of("Field", "Type", "Meaning"), rows);
  }

  private static Html table(String element, String caption, List<String> columns, List<Html> rows) {
    List<Html> heads = columns.stream().map(name -> tag("th", attr("scope", "col"), name)).toList();
    return tag(
        "div.table",
        attr("tabindex", "0"),
        attr("role", "region"),
        attr("aria-label", caption),
        tag(
            element,
            tag("caption.unseen", caption),
            tag("thead", tag("tr", heads)),
            tag("tbody", rows)));
  }

  /** A picture of a graph that may be scrolled by itself. */
  static Html figure(Html svg, String name, String caption) {
    return tag(
        "figure.graph",
        tag(
            "div.canvas",
            attr("tabindex", "0"),
            attr("role", "region"),
            attr("aria-label", name),
            svg),
        tag("figcaption", caption));
  }

  static Html badge(String kind, String text) {
    return tag("span.badge." + kind, text);
  }
}
