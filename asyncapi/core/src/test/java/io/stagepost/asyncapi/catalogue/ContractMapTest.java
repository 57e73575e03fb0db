package io.stagepost.asyncapi.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.asyncapi.Contracts;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xml.sax.InputSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Who talks to whom. */
class ContractMapTest {
  private static final Path SMALL = Path.of("src/test/resources/contracts/catalogue");

  @TempDir private Path folder;

  private static ContractMap map(Path... directories) {
    return Catalogue.read(Contracts.offline(), List.of(directories)).map();
  }

  private Path application(String name, String receives, String sends) throws IOException {
    String text =
        """
        asyncapi: 3.0.0
        info: {title: NAME, version: 1.0.0}
        channels:
          in: {address: IN, messages: {m: {name: IN}}}
          out: {address: OUT, messages: {m: {name: OUT}}}
        operations:
          onIn: {action: receive, channel: {$ref: '#/channels/in'}}
          sendOut: {action: send, channel: {$ref: '#/channels/out'}}
        """;
    return Files.writeString(
        folder.resolve(name + ".yaml"),
        text.replace("NAME", name).replace("IN", receives).replace("OUT", sends));
  }

  @Test
  void a_cycle_over_three_applications_is_found() {
    assertThat(map(SMALL).cycles())
        .containsExactly(
            List.of(
                "Billing",
                "Shipping",
                "Web shop",
                "billing.bills.v2",
                "shipping.parcels.v1",
                "shop.{land}.orders.v1"));
  }

  @Test
  void a_chain_has_no_cycle_until_its_end_leads_back() throws IOException {
    application("one", "a", "b");
    application("two", "b", "c");
    application("three", "c", "d");
    assertThat(map(folder).cycles()).isEmpty();

    application("four", "d", "b");
    assertThat(map(folder).cycles())
        .containsExactly(List.of("four", "three", "two", "b", "c", "d"));
  }

  @Test
  void an_application_that_hears_its_own_message_is_a_cycle_and_answers_are_none()
      throws IOException {
    application("echo", "a", "a");
    assertThat(map(folder).cycles()).containsExactly(List.of("echo", "a"));
    assertThat(map(SMALL.resolve("shipping.yaml")).cycles()).isEmpty();
  }

  @Test
  void sending_one_message_and_receiving_another_at_one_address_is_no_cycle() throws IOException {
    Path file = application("socket", "/", "/");
    String text = Files.readString(file);
    Files.writeString(file, text.replaceFirst("name: /", "name: request"));
    assertThat(map(folder).cycles()).isEmpty();
  }

  @Test
  void text_names_both_sides() {
    assertThat(map(SMALL).as(ContractMap.Format.TEXT))
        .contains("shop.{land}.orders.v1\n  <- Web shop\n  -> Billing\n")
        .contains("answers\n  <- Shipping (replies)\n")
        .contains("cycle: Billing, Shipping, Web shop, ")
        .endsWith("4 applications, 7 addresses, 1 cycle\n");
  }

  @Test
  void json_and_dot_have_the_same_nodes_and_edges() {
    JsonNode json = new JsonMapper().readTree(map(SMALL).as(ContractMap.Format.JSON));
    assertThat(json.get("nodes").size()).isEqualTo(11);
    assertThat(json.get("cycles").get(0).size()).isEqualTo(6);
    String dot = map(SMALL).as(ContractMap.Format.DOT);
    assertThat(dot.lines().filter(l -> l.contains(" -> "))).hasSize(json.get("edges").size());
    assertThat(dot)
        .contains("label=\"\\\"><svg onload=hacked=8>\"")
        .contains("\"app:shop\" -> \"place:shop-land-orders-v1\"");
  }

  @Test
  void svg_is_xml_and_marks_the_cycle() throws Exception {
    String svg = map(SMALL).as(ContractMap.Format.SVG);
    var document =
        DocumentBuilderFactory.newDefaultInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(svg)));
    assertThat(document.getDocumentElement().getTagName()).isEqualTo("svg");
    assertThat(svg.split("class=\"edge cycle\"", -1)).hasSize(7);
    assertThat(svg).doesNotContain("<a ").contains("prefers-color-scheme");
  }

  @Test
  void nodes_never_overlap_whatever_the_graph() {
    Random random = new Random(7);
    for (int round = 0; round < 200; round++) {
      int nodes = 2 + random.nextInt(25);
      List<int[]> edges = new ArrayList<>();
      for (int i = 1; i < nodes; i++) {
        edges.add(new int[] {random.nextInt(i), i});
      }
      for (int i = random.nextInt(2 * nodes); i > 0; i--) {
        int from = random.nextInt(nodes);
        int to = random.nextInt(nodes);
        if (from != to) {
          edges.add(new int[] {from, to});
        }
      }
      double[] width = random.doubles(nodes, 40, 260).toArray();
      double[] height = random.doubles(nodes, 20, 40).toArray();
      Layout layout = new Layout(width, height, edges);
      for (int a = 0; a < nodes; a++) {
        for (int b = 0; b < a; b++) {
          double apartX = Math.abs(layout.node(a).x() - layout.node(b).x());
          double apartY = Math.abs(layout.node(a).y() - layout.node(b).y());
          boolean isApart =
              apartX >= (width[a] + width[b]) / 2 - 1e-6
                  || apartY >= (height[a] + height[b]) / 2 - 1e-6;
          assertThat(isApart).as("nodes %d and %d of round %d", a, b, round).isTrue();
        }
      }
      for (int edge = 0; edge < edges.size(); edge++) {
        assertThat(layout.way(edge).points()).hasSizeGreaterThan(1);
      }
    }
  }
}
