package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.schema.Json;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Message;
import io.stagepost.spi.StoredMessage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A service, as a process of its own, that dies whenever it handles a certain event. */
@Timeout(180)
class CrashLoopTest {
  record Note(int number) {}

  private static final int TOTAL = 300;
  private static final int DEADLY = 57;
  private static final String SUBSCRIPTION = "crashing";

  private static EventType<Note> note(String channel) {
    return EventType.of("test.note.v1", Note.class)
        .source("urn:test:notes")
        .channel(channel)
        .key(note -> "key " + note.number() % 40)
        .codec(Json.codec());
  }

  /** The service. */
  public static final class Service {
    private Service() {}

    /**
     * Handles the channel of the first argument at the broker of the second, until its input ends.
     */
    public static void main(String[] arguments) throws IOException {
      String group = arguments[2];
      try (Messaging messaging =
          Messaging.over(
              KafkaTransport.builder()
                  .bootstrapServers(arguments[1])
                  // a member that comes back takes over at once
                  .consumerProperty("group.instance.id", group + "-1")
                  .build())) {
        messaging
            .subscribe(group)
            .on(
                note(arguments[0]),
                event -> {
                  if (event.data().number() == DEADLY) {
                    Runtime.getRuntime().halt(137);
                  }
                  System.out.println(event.data().number());
                })
            .start();
        int unused = System.in.read();
      }
    }
  }

  private static Process start(String channel, String group) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx128m",
            "-cp",
            System.getProperty("java.class.path"),
            "-Djava.util.logging.config.file="
                + System.getProperty("java.util.logging.config.file"),
            Service.class.getName(),
            channel,
            Broker.ADDRESS,
            group)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  @Test
  void d03_an_event_that_kills_the_process_becomes_a_dead_letter_and_its_neighbours_are_handled()
      throws Exception {
    String channel = Broker.topic("crashes", 2);
    String group = Broker.unique(SUBSCRIPTION);
    try (Messaging messaging = Messaging.over(Broker.transport())) {
      List<io.stagepost.Event<Note>> all = new ArrayList<>();
      for (int i = 0; i < TOTAL; i++) {
        all.add(note(channel).event(new Note(i)));
      }
      Broker.get(messaging.publishAll(all));
    }
    Set<Integer> handled = new TreeSet<>();
    int deaths = 0;
    for (boolean done = false; !done; ) {
      Process service = start(channel, group);
      try (BufferedReader output =
          new BufferedReader(new InputStreamReader(service.getInputStream(), UTF_8))) {
        String line = output.readLine();
        for (; line != null && handled.size() < TOTAL - 1; line = output.readLine()) {
          handled.add(Integer.valueOf(line));
        }
        if (line != null || handled.size() == TOTAL - 1) {
          done = !isDead(channel, group, service);
        }
      }
      if (done) {
        service.getOutputStream().close();
        assertThat(service.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(service.exitValue()).as("it closes in order").isZero();
      } else {
        assertThat(service.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(service.exitValue()).isEqualTo(137);
        deaths++;
        assertThat(deaths).isLessThanOrEqualTo(10);
      }
    }
    assertThat(deaths).isBetween(4, 6);
    assertThat(handled).hasSize(TOTAL - 1).doesNotContain(DEADLY);
    List<StoredMessage> dead = Broker.stored(channel + "." + group + ".dead-letter");
    assertThat(dead).hasSize(1);
    Message letter = dead.get(0).message();
    assertThat(letter.body()).asString(UTF_8).contains(Integer.toString(DEADLY));
    assertThat(letter.header(FailureHeaders.REASON)).asString(UTF_8).isEqualTo("crashed");
    assertThat(letter.header(FailureHeaders.ATTEMPTS)).asString(UTF_8).isEqualTo("2");
    assertThat(Broker.committedSum(group, channel)).isEqualTo(TOTAL);
  }

  /** All others are handled: now it either dies, or has given the deadly one up. */
  private static boolean isDead(String channel, String group, Process service)
      throws InterruptedException {
    while (Broker.stored(channel + "." + group + ".dead-letter").isEmpty()) {
      if (service.waitFor(100, TimeUnit.MILLISECONDS)) {
        return true;
      }
    }
    return false;
  }
}
