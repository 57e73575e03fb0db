package io.stagepost.asyncapi.catalogue;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.asyncapi.Contracts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The site as it is written. */
class CatalogueTest {
  private static final Path CONTRACTS = Path.of("src/test/resources/contracts");
  private static final Path SMALL = CONTRACTS.resolve("catalogue");

  @TempDir private Path folder;

  private static Catalogue read(Path... directories) {
    return Catalogue.read(Contracts.offline(), List.of(directories));
  }

  private Path written(Path... directories) {
    Path site = folder.resolve("site");
    read(directories).write(site, false);
    return site;
  }

  private static Document page(Path site, String name) throws IOException {
    return Jsoup.parse(site.resolve(name), "UTF-8");
  }

  private static Map<String, String> all(Path site) throws IOException {
    Map<String, String> all = new TreeMap<>();
    try (Stream<Path> files = Files.walk(site)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        all.put(site.relativize(file).toString(), Files.readString(file));
      }
    }
    return all;
  }

  @Test
  void every_link_leads_somewhere_within_the_site() throws IOException {
    Path site = written(CONTRACTS);
    Map<Path, Document> pages = new TreeMap<>();
    for (String name : all(site).keySet()) {
      if (name.endsWith(".html")) {
        pages.put(site.resolve(name).normalize(), page(site, name));
      }
    }
    assertThat(pages).hasSizeGreaterThan(50);
    int links = 0;
    for (Map.Entry<Path, Document> page : pages.entrySet()) {
      for (Element link : page.getValue().select("[href], [src]")) {
        String url = link.hasAttr("href") ? link.attr("href") : link.attr("src");
        if (url.isEmpty() || url.matches("(https?|mailto):.*")) {
          continue;
        }
        String[] parts = url.split("#", 2);
        Path target =
            parts[0].isEmpty() ? page.getKey() : page.getKey().resolveSibling(parts[0]).normalize();
        assertThat(target).as("%s in %s", url, page.getKey()).exists().startsWith(site);
        if (parts.length == 2) {
          assertThat(requireNonNull(pages.get(target)).getElementById(parts[1]))
              .as("%s in %s", url, page.getKey())
              .isNotNull();
        }
        links++;
      }
    }
    assertThat(links).isGreaterThan(1000);
  }

  @Test
  void every_page_has_landmarks_one_title_headings_in_order_and_unique_ids() throws IOException {
    Path site = written(CONTRACTS);
    for (String name : all(site).keySet()) {
      if (!name.endsWith(".html")) {
        continue;
      }
      Document page = page(site, name);
      assertThat(page.select("main, header, footer, nav[aria-label=Catalogue], [role=search]"))
          .as(name)
          .hasSize(5);
      assertThat(page.select("h1")).as(name).hasSize(1);
      assertThat(page.title()).as(name).isNotBlank();
      assertThat(page.select("html").attr("lang")).isEqualTo("en");
      assertThat(page.select("label[for=search]")).hasSize(1);
      int level = 1;
      for (Element heading : page.select("main h1, main h2, main h3, main h4, main h5, main h6")) {
        int next = Integer.parseInt(heading.tagName().substring(1));
        // Descriptions may leave out levels; the page itself does not.
        if (heading.closest(".prose") == null) {
          assertThat(next).as("%s in %s", heading, name).isLessThanOrEqualTo(level + 1);
          level = next;
        }
      }
      Set<String> ids = new HashSet<>();
      page.select("[id]").forEach(e -> assertThat(ids.add(e.id())).as(e.id() + name).isTrue());
      for (Element labelled : page.select("[aria-labelledby], [aria-controls]")) {
        String id = labelled.attr("aria-labelledby") + labelled.attr("aria-controls");
        assertThat(ids).as(name).contains(id);
      }
      assertThat(page.select("table:not(:has(caption)):not(.prose table)")).as(name).isEmpty();
    }
  }

  @Test
  void a_message_shows_its_fields_and_hides_what_is_sensitive() throws IOException {
    Path site = written(SMALL);
    Document page = page(site, "contracts/billing.html");
    Element message = requireNonNull(page.getElementById("message-com-example-billing-bill-v2"));
    List<String> rows = message.select("table.fields tbody tr").eachText();

    assertThat(rows)
        .contains(
            "billId required string (uuid) Never used twice.",
            "orderId required string ≤ 40 characters",
            "amount required number In the currency of the order. ≥ 0.01",
            "state value one of \"open\", \"paid\" · default \"open\"",
            "payer required Payer",
            "name required string sensitive: personal As it stands on the card.",
            "method Card | Transfer",
            "one of: Card",
            "pan required string sensitive: financial",
            "lines array of object ≤ 100 items");
    String example = message.select("details.example pre").text();
    assertThat(example)
        .contains("\"payer\": {\"name\": \"•••\", \"city\": \"London\"}")
        .contains("\"method\": {\"pan\": \"•••\"}")
        .contains("149.90");
    for (String file : all(site).values()) {
      assertThat(file).doesNotContain("4111111111111111").doesNotContain("Lovelace");
    }
  }

  @Test
  void avro_is_a_table_too_and_named_types_hide_what_is_sensitive() throws IOException {
    Path site = written(SMALL);
    Element message =
        requireNonNull(page(site, "contracts/shipping.html").getElementById("message-parcel-sent"));

    assertThat(message.select("table.fields tbody tr").eachText())
        .contains(
            "parcel required string Its number.",
            "weight required decimal(6, 3) as bytes",
            "street required string sensitive: personal");
    assertThat(message.select("details.example pre").text())
        .contains("\"to\": {\"street\": \"•••\"}")
        .contains("\"from\": {\"street\": \"•••\"}");
  }

  @Test
  void terms_say_where_they_were_written() throws IOException {
    Element operation =
        requireNonNull(
            page(written(SMALL), "contracts/billing.html").getElementById("operation-onOrder"));

    assertThat(operation.select("tbody tr").eachText())
        .contains(
            "Delivery effectively-once billing.yaml:70",
            "Handler's time 10 s billing.yaml:71",
            "Retry max attempts 8, exponential (initial delay 100 ms, max delay 30 s) billing.yaml:73");
  }

  @Test
  void a_channel_shows_who_sends_and_who_receives_whatever_its_parameters_are_called()
      throws IOException {
    Path site = written(SMALL);
    Element row =
        requireNonNull(page(site, "channels.html").select("tr:contains(orders.v1)").first());
    assertThat(row.text()).isEqualTo("shop.{land}.orders.v1 kafka Web shop Billing OrderPlaced");
    Document channel = page(site, "channels/" + "shop-land-orders-v1.html");
    assertThat(channel.select("main a[href$=contracts/shop.html]")).isNotEmpty();
    assertThat(channel.select("main a[href$=contracts/billing.html#operation-onOrder]"))
        .isNotEmpty();
  }

  @Test
  void a_wrong_contract_is_listed_with_what_is_wrong_and_stops_nothing() throws IOException {
    Path site = written(SMALL);

    assertThat(page(site, "index.html").select("tr:contains(Broken)").text()).contains("2 errors");
    assertThat(page(site, "contracts/broken.html").select("main").text())
        .contains("ref-dangling")
        .contains("broken.yaml:4:7");
    assertThat(read(SMALL).skipped()).hasSize(1).first().asString().endsWith("other.yaml");
  }

  @Test
  void contracts_of_one_title_and_version_are_told_apart_by_their_files() throws IOException {
    Path contracts = Files.createDirectories(folder.resolve("contracts"));
    for (String file : List.of("east", "west", "other")) {
      Files.writeString(
          contracts.resolve(file + ".yaml"),
          "asyncapi: 3.0.0\ninfo: {title: %s, version: 1.0.0}\n"
              .formatted(file.equals("other") ? "Lone" : "Twin"));
    }

    assertThat(page(written(contracts), "index.html").select("tbody th").eachText())
        .containsExactlyInAnyOrder("Twin 1.0.0 east.yaml", "Twin 1.0.0 west.yaml", "Lone 1.0.0");
  }

  @Test
  void what_a_contract_says_never_becomes_markup() throws IOException {
    Path site = written(SMALL);
    for (Map.Entry<String, String> file : all(site).entrySet()) {
      if (!file.getKey().endsWith(".html")) {
        continue;
      }
      Document page = Jsoup.parse(file.getValue());
      assertThat(page.select("script")).as(file.getKey()).hasSize(2);
      assertThat(page.select("img, iframe, b, i, object, embed, [style]"))
          .as(file.getKey())
          .isEmpty();
      assertThat(page.select("svg:not(.map)")).as(file.getKey()).isEmpty();
      for (Element element : page.getAllElements()) {
        element
            .attributes()
            .forEach(a -> assertThat(a.getKey()).as(file.getKey()).doesNotStartWith("on"));
        assertThat(element.attr("href"))
            .as(file.getKey())
            .doesNotStartWith("javascript:")
            .doesNotStartWith("data:");
      }
    }
    assertThat(Files.readString(site.resolve("assets/index.js"))).doesNotContain("<");
  }

  @Test
  void the_same_contracts_give_the_same_bytes_wherever_they_lie() throws IOException {
    Path copy = Files.createDirectories(folder.resolve("elsewhere/contracts"));
    try (Stream<Path> files = Files.list(SMALL)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    Path other = folder.resolve("other");
    read(copy).write(other, false);

    assertThat(all(other)).isEqualTo(all(written(SMALL)));
  }

  @Test
  void nothing_is_written_again_and_what_is_not_needed_any_more_goes() throws IOException {
    Path site = written(SMALL, CONTRACTS.resolve("shop.yaml"));
    FileTime old = FileTime.fromMillis(0);
    Path page = site.resolve("contracts/billing.html");
    Files.setLastModifiedTime(page, old);
    Files.writeString(site.resolve("mine.txt"), "mine");

    assertThat(read(SMALL, CONTRACTS.resolve("shop.yaml")).write(site, false)).isZero();
    assertThat(Files.getLastModifiedTime(page)).isEqualTo(old);
    assertThat(site.resolve("contracts/shop-2.html")).exists();
    assertThat(read(SMALL).write(site, false)).isPositive();
    assertThat(site.resolve("contracts/shop-2.html")).doesNotExist();
    assertThat(site.resolve("mine.txt")).hasContent("mine");
  }

  @Test
  void a_directory_that_holds_something_else_is_left_alone_unless_forced() throws IOException {
    Path target = Files.createDirectories(folder.resolve("mine"));
    Files.writeString(target.resolve("index.html"), "mine");

    assertThatThrownBy(() -> read(SMALL).write(target, false))
        .isInstanceOf(CatalogueException.class)
        .hasMessageContaining("SP-CONTRACT-081")
        .hasMessageContaining("--force");
    assertThat(target.resolve("index.html")).hasContent("mine");
    read(SMALL).write(target, true);
    assertThat(target.resolve("contracts/billing.html")).exists();
  }

  @Test
  void a_tampered_list_removes_nothing_outside() throws IOException {
    Path site = written(SMALL);
    Path outside = Files.writeString(folder.resolve("precious.txt"), "precious");
    Files.writeString(site.resolve(".stagepost-catalogue"), "../precious.txt\n");

    assertThatThrownBy(() -> read(SMALL).write(site, false))
        .hasMessageContaining("SP-CONTRACT-082");
    assertThat(outside).exists();
  }

  @Test
  void a_missing_directory_is_told() {
    assertThatThrownBy(() -> read(folder.resolve("none")))
        .hasMessageContaining("SP-CONTRACT-080")
        .hasMessageContaining("none");
  }

  @Test
  void a_hundred_contracts_take_seconds() throws IOException {
    Path many = Files.createDirectories(folder.resolve("many"));
    String shop = Files.readString(SMALL.resolve("shop.yaml"));
    String billing = Files.readString(SMALL.resolve("billing.yaml"));
    for (int i = 0; i < 50; i++) {
      Files.writeString(
          many.resolve("shop" + i + ".yaml"), shop.replace("shop.{", "shop" + i + ".{"));
      Files.writeString(
          many.resolve("billing" + i + ".yaml"),
          billing
              .replace("shop.{", "shop" + i + ".{")
              .replace("billing.bills", "b" + (i % 7) + ".bills"));
    }
    List<Duration> runs = new ArrayList<>();
    for (int run = 0; run < 2; run++) {
      long begun = System.nanoTime();
      read(many).write(folder.resolve("site" + run), false);
      runs.add(Duration.ofNanos(System.nanoTime() - begun));
    }
    assertThat(runs).last().matches(time -> time.compareTo(Duration.ofSeconds(30)) < 0);
  }
}
