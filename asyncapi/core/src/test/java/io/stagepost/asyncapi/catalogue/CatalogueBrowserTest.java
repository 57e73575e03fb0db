package io.stagepost.asyncapi.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.asyncapi.Contracts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The site in a real browser, from files. */
class CatalogueBrowserTest {
  /** Texts whose contrast is below what WCAG's AA asks for. */
  private static final String FAINT =
      """
      (() => {
        const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
        const rgba = (color) => {
          canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
          return canvas.getImageData(0, 0, 1, 1).data;
        };
        const light = (c) => [0, 1, 2].map((i) => c[i] / 255)
          .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
          .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
        const ground = (element) => {
          for (let at = element; at; at = at.parentElement) {
            const c = rgba(getComputedStyle(at).backgroundColor);
            if (c[3] === 255) return c;
          }
          return rgba('white');
        };
        const faint = [];
        for (const element of document.body.querySelectorAll('*')) {
          const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
          if (!own || !element.getClientRects().length) continue;
          const inPicture = element.namespaceURI.endsWith('svg');
          const style = getComputedStyle(element);
          const rect = inPicture && element.parentElement.querySelector('rect');
          const behind = rect ? rgba(getComputedStyle(rect).fill) : ground(element);
          const [a, b] = [light(rgba(inPicture ? style.fill : style.color)), light(behind)];
          const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
          if (element.tagName !== 'title' && ratio < 4.5) faint.push(ratio.toFixed(2) + ' ' + element.outerHTML.slice(0, 80));
        }
        return faint;
      })()
      """;

  @TempDir(cleanup = CleanupMode.NEVER)
  private static Path folder;

  private static Browser browser;
  private static Path site;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    site = folder.resolve("a site");
    Catalogue.read(Contracts.offline(), List.of(Path.of("src/test/resources/contracts/catalogue")))
        .write(site, false);
    browser = Browser.start(folder.resolve("profile"));
  }

  @AfterAll
  static void stop() {
    if (browser != null) {
      browser.close();
    }
  }

  private static void open(String page) throws InterruptedException {
    browser.problems().clear();
    browser.requests().clear();
    browser.open(site.resolve(page).toUri().toString());
  }

  private static List<String> pages() throws IOException {
    try (Stream<Path> files = Files.walk(site)) {
      return files
          .filter(file -> file.toString().endsWith(".html"))
          .map(file -> site.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  @Test
  void no_page_complains_loads_from_elsewhere_or_runs_what_a_contract_says() throws Exception {
    browser.look(1280, 900, false);
    for (String page : pages()) {
      open(page);
      assertThat(browser.evaluate("typeof window.hacked").asString()).isEqualTo("undefined");
      assertThat(browser.evaluate("document.scripts.length").asInt()).as(page).isEqualTo(2);
      assertThat(browser.evaluate("window.catalogueIndex.length").asInt()).isPositive();
      assertThat(browser.evaluate("getComputedStyle(document.body).margin").asString())
          .as("styles of %s", page)
          .isEqualTo("0px");
      assertThat(browser.problems()).as(page).isEmpty();
      assertThat(browser.requests()).as(page).hasSize(5).allMatch(u -> u.startsWith("file:"));
    }
  }

  @Test
  void search_finds_by_keyboard_and_leads_there() throws Exception {
    browser.look(1280, 900, false);
    open("channels/" + "billing-bills-v1.html");
    browser.press("/");
    browser.type("payer name");
    assertThat(browser.evaluate("document.getElementById('found').textContent").asString())
        .isEqualTo("1 found");
    browser.press("ArrowDown");
    assertThat(
            browser
                .evaluate(
                    "document.getElementById(document.activeElement.getAttribute("
                        + "'aria-activedescendant')).textContent")
                .asString())
        .contains("com.example.billing.bill.v2")
        .contains("Billing");
    browser.press("Enter");
    browser.loaded();
    assertThat(browser.evaluate("location.href").asString())
        .endsWith("contracts/billing.html#message-com-example-billing-bill-v2");
    assertThat(browser.evaluate("!!document.querySelector(location.hash)").asBoolean()).isTrue();
    assertThat(browser.problems()).isEmpty();
  }

  @Test
  void search_tells_that_it_found_nothing_and_can_be_left() throws Exception {
    open("index.html");
    browser.press("/");
    browser.type("no such thing");
    assertThat(browser.evaluate("document.getElementById('results').innerText").asString())
        .isEqualTo("Nothing found.");
    browser.press("Escape");
    assertThat(browser.evaluate("document.getElementById('results').hidden").asBoolean()).isTrue();
  }

  @Test
  void what_a_contract_says_is_text_in_the_search_too() throws Exception {
    open("index.html");
    browser.press("/");
    browser.type("hacked");
    assertThat(browser.evaluate("document.getElementById('results').innerText").asString())
        .contains("</title><script>window.hacked=1</script>");
    assertThat(browser.evaluate("typeof window.hacked").asString()).isEqualTo("undefined");
  }

  @Test
  void texts_have_contrast_in_both_colour_schemes() throws Exception {
    for (boolean isDark : new boolean[] {false, true}) {
      browser.look(1280, 900, isDark);
      for (String page :
          List.of("index.html", "contracts/billing.html", "contracts/broken.html", "map.html")) {
        open(page);
        assertThat(browser.evaluate(FAINT)).as("%s, dark: %s", page, isDark).isEmpty();
      }
    }
  }

  @Test
  void a_past_sunset_is_marked() throws Exception {
    open("index.html");
    assertThat(browser.evaluate("document.querySelector('time.sunset').textContent").asString())
        .isEqualTo("2024-12-31 (past)");
  }

  @Test
  void a_narrow_page_does_not_scroll_sideways() throws Exception {
    browser.look(390, 800, false);
    for (String page : pages()) {
      open(page);
      assertThat(browser.evaluate("document.documentElement.scrollWidth").asInt())
          .as(page)
          .isLessThanOrEqualTo(390);
    }
  }
}
