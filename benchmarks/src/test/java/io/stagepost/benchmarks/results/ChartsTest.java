package io.stagepost.benchmarks.results;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** What the pictures show. */
class ChartsTest {
  @TempDir Path folder;

  @Test
  void eachGroupWithTargetsHasAPictureThatSaysInTextWhatItShows() throws Exception {
    Results results = new Results();
    results.add(Rows.row("publish", Group.KAFKA, 107));
    results.add(
        Rows.row(
            "consume",
            Group.KAFKA,
            Unit.EVENTS_PER_SECOND,
            Rows.series("ours", null, 80, 120, 200),
            Rows.series("spring", 1.3, 100, 100, 100),
            Rows.series("other", null, 100, 100, 100)));
    results.add(
        Rows.row(
            "intended",
            Group.LATENCY,
            Unit.MILLIS,
            Rows.series("ours", null, 1),
            Rows.series("peer", null, 2)));

    Charts.draw(results, folder);

    assertThat(folder).isDirectoryContaining("glob:**/kafka.svg");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).hasSize(1);
    }
    Element svg =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(folder.resolve("kafka.svg").toFile())
            .getDocumentElement();
    assertThat(texts(svg, "title")).containsExactly("Publishing and consuming on Kafka");
    assertThat(texts(svg, "desc"))
        .containsExactly(
            "publish vs raw: 1.07 / 1.07 / 1.07, target 0.95; "
                + "consume vs spring: 0.80 / 1.20 / 2.00, target 1.30; "
                + "consume vs other: 0.80 / 1.20 / 2.00");
    assertThat(texts(svg, "text"))
        .contains("publish vs raw", "consume vs spring", "1.07", "1.20", "target");
  }

  @Test
  void sameRowsMakeTheSameBytes() throws IOException {
    Results results = new Results();
    results.add(Rows.row("publish", Group.KAFKA, 107));

    Charts.draw(results, folder.resolve("one"));
    Charts.draw(results, folder.resolve("two"));

    assertThat(folder.resolve("one/kafka.svg"))
        .hasSameBinaryContentAs(folder.resolve("two/kafka.svg"));
  }

  @Test
  void whatNeverCameFromUsIsNamed() throws IOException {
    Results results = new Results();
    results.add(
        Rows.row(
            "latency",
            Group.LATENCY,
            Unit.MILLIS,
            Rows.series("ours", null, 1, Double.POSITIVE_INFINITY),
            Rows.series("peer", 1.0, 2, 2)));

    Charts.draw(results, folder);

    assertThat(folder.resolve("latency.svg"))
        .content()
        .contains("latency vs peer: 0.00 / 1.00 / 2.00");
  }

  @Test
  void whatNeverCameToAnEndIsLeftOut() throws IOException {
    Results results = new Results();
    results.add(
        Rows.row(
            "latency",
            Group.LATENCY,
            Unit.MILLIS,
            Rows.series("ours", null, 1),
            Rows.series("peer", 1.0, Double.POSITIVE_INFINITY)));

    Charts.draw(results, folder);

    assertThat(folder).isEmptyDirectory();
  }

  private static List<String> texts(Element svg, String name) {
    NodeList nodes = svg.getElementsByTagName(name);
    return IntStream.range(0, nodes.getLength())
        .mapToObj(i -> nodes.item(i).getTextContent().strip())
        .toList();
  }
}
