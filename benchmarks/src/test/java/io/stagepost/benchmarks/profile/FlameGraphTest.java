package io.stagepost.benchmarks.profile;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.xml.parsers.DocumentBuilderFactory;
import jdk.jfr.consumer.RecordingStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** What a picture of a profile shows. */
@Timeout(120)
class FlameGraphTest {
  @TempDir Path folder;

  @Test
  void aBoxIsAsWideAsItsShareOfTheSamplesAndLiesOnItsCaller() throws Exception {
    Frame all = new Frame("all");
    all.add(List.of("thread main", "io.stagepost.A.run", "java.util.List.add"));
    all.add(List.of("thread main", "io.stagepost.A.run", "java.util.List.add"));
    all.add(List.of("thread main", "io.stagepost.A.run"));
    all.add(List.of("thread N", "org.other.B.<init>"));

    Element svg = drawn(all);

    assertThat(titles(svg))
        .containsExactly(
            "a run",
            "all: 4 samples, 100.0 %",
            "thread N: 1 samples, 25.0 %",
            "org.other.B.<init>: 1 samples, 25.0 %",
            "thread main: 3 samples, 75.0 %",
            "io.stagepost.A.run: 3 samples, 75.0 %",
            "java.util.List.add: 2 samples, 50.0 %");
    assertThat(boxes(svg))
        .containsExactly(
            "0.0 96 1200.0",
            "0.0 80 300.0",
            "0.0 64 300.0",
            "300.0 80 900.0",
            "300.0 64 900.0",
            "300.0 48 600.0");
    assertThat(texts(svg, "text")).contains("B.<init>", "A.run", "List.add", "thread main");
  }

  @Test
  void equalSamplesMakeEqualBytesInWhateverOrderTheyCome() throws Exception {
    Frame some = new Frame("all");
    some.add(List.of("thread main", "a.A.b"));
    some.add(List.of("thread other", "a.A.c"));
    Frame turned = new Frame("all");
    turned.add(List.of("thread other", "a.A.c"));
    turned.add(List.of("thread main", "a.A.b"));

    FlameGraph.draw(some, "a run", folder.resolve("some.svg"));
    FlameGraph.draw(turned, "a run", folder.resolve("turned.svg"));

    assertThat(folder.resolve("some.svg")).hasSameBinaryContentAs(folder.resolve("turned.svg"));
  }

  @Test
  void aRecordingWithoutSamplesIsAPictureThatSaysSo() throws Exception {
    assertThat(texts(drawn(new Frame("all")), "text")).contains("a run: 0 samples");
  }

  @Test
  void aFlightRecordingShowsWhichMethodAThreadWasIn() throws Exception {
    Path recording = folder.resolve("busy.jfr");
    AtomicBoolean seen = new AtomicBoolean();
    try (RecordingStream stream = new RecordingStream()) {
      stream.enable("jdk.ExecutionSample").withPeriod(java.time.Duration.ofMillis(10));
      stream.onEvent(
          "jdk.ExecutionSample",
          event ->
              seen.compareAndSet(
                  false, String.valueOf(event.getStackTrace()).contains("untilSeen")));
      try (jdk.jfr.Recording written = new jdk.jfr.Recording()) {
        written.enable("jdk.ExecutionSample").withPeriod(java.time.Duration.ofMillis(10));
        written.start();
        stream.startAsync();
        Thread busy = new Thread(() -> untilSeen(seen), "busy-7");
        busy.start();
        busy.join();
        written.dump(recording);
      }
    }

    FlameGraph.draw(recording, "busy", folder.resolve("busy.svg"));

    assertThat(Files.readString(folder.resolve("busy.svg")))
        .contains("thread busy-N", "FlameGraphTest.untilSeen");
  }

  private static void untilSeen(AtomicBoolean seen) {
    long value = 1;
    while (!seen.get()) {
      for (int i = 0; i < 100_000; i++) {
        value = value * 31 + i;
      }
    }
    assertThat(value).isNotZero();
  }

  private Element drawn(Frame all) throws Exception {
    Path picture = folder.resolve("drawn.svg");
    FlameGraph.draw(all, "a run", picture);
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(picture.toFile())
        .getDocumentElement();
  }

  private static List<String> titles(Element svg) {
    return texts(svg, "title");
  }

  private static List<String> texts(Element svg, String name) {
    List<String> texts = new ArrayList<>();
    NodeList found = svg.getElementsByTagName(name);
    for (int i = 0; i < found.getLength(); i++) {
      texts.add(found.item(i).getTextContent());
    }
    return texts;
  }

  /** Left, top, width of all but the background. */
  private static List<String> boxes(Element svg) {
    List<String> boxes = new ArrayList<>();
    NodeList found = svg.getElementsByTagName("rect");
    for (int i = 1; i < found.getLength(); i++) {
      Element box = (Element) found.item(i);
      boxes.add(
          String.join(
              " ", box.getAttribute("x"), box.getAttribute("y"), box.getAttribute("width")));
    }
    return boxes;
  }
}
