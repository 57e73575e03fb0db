package io.stagepost.dlq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.stagepost.dlq.Entry.Kind;
import io.stagepost.dlq.Replay.Progress;
import io.stagepost.dlq.Replay.Report;
import io.stagepost.dlq.Replay.Settings;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import io.stagepost.spi.Sender;
import io.stagepost.spi.StoredMessage;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.Faults.PublishFault;
import io.stagepost.testkit.InMemoryTransport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of runs. */
@Timeout(60)
class ReplayTest {
  private static final String LETTERS = "orders.billing.dead-letter";
  private static final String ORIGIN = "orders";
  private static final Duration SILENCE = Duration.ofMillis(600);
  private static final String LETTERS_DIFFER =
      "1 at " + LETTERS + " differ from what the plan has frozen: 0-0.";
  private static final Settings SLOW =
      new Settings(50, 10, 0, 100, Duration.ofSeconds(1), false, false);

  private final InMemoryTransport transport =
      InMemoryTransport.builder().verifyOnly().partitions(1).build();
  private final Ledger ledger = Ledger.of(transport, Ledger.ADDRESS, "ada@test");

  @BeforeEach
  void provision() {
    List.of(ORIGIN, LETTERS, Ledger.ADDRESS).forEach(transport::create);
    ledger.provision(LETTERS);
  }

  @AfterEach
  void close() {
    ledger.close();
    transport.close();
  }

  @Test
  void a_letter_goes_back_with_its_bytes_and_without_its_failure() {
    write(1, 0);
    assertThat(run(plan()).outcome()).isEqualTo(Report.Outcome.DONE);
    Message sent = at(ORIGIN).get(0);
    Message letter = at(LETTERS).get(0);
    assertThat(sent.body()).isEqualTo(letter.body());
    assertThat(sent.key()).isEqualTo(letter.key());
    Map<String, String> headers = headers(sent);
    assertThat(headers)
        .containsEntry("own", "header")
        .containsEntry(FailureHeaders.REPLAYS, "1")
        .containsEntry(FailureHeaders.ORIGIN_POSITION, "0")
        .containsKey(Outgoing.RUN)
        .doesNotContainKeys(FailureHeaders.REASON, FailureHeaders.ATTEMPTS, "kafka_dlt-x");
  }

  @Test
  void a_run_that_was_cut_short_goes_on_and_repeats_at_most_what_was_in_flight() throws Exception {
    write(200, 0);
    Plan plan = plan();
    CountDownLatch under = new CountDownLatch(1);
    CompletableFuture<Void> ended = new CompletableFuture<>();
    Thread first =
        new Thread(
            () -> {
              try {
                var unused =
                    replay(plan, SLOW)
                        .run(
                            progress -> {
                              if (progress.sent() > 20) {
                                under.countDown();
                              }
                            });
                ended.complete(null);
              } catch (RuntimeException interrupted) {
                ended.completeExceptionally(interrupted);
              }
            });
    first.start();
    under.await();
    first.interrupt();
    assertThatThrownBy(ended::join).hasMessageContaining("SP-DLQ-012 ");
    int before = at(ORIGIN).size();
    assertThat(before).isBetween(20, 199);

    Report report = run(plan);
    assertThat(report.outcome()).isEqualTo(Report.Outcome.DONE);
    assertThat(report.progress().before() + report.progress().noted()).isEqualTo(200);
    List<String> bodies = at(ORIGIN).stream().map(ReplayTest::body).toList();
    assertThat(new HashSet<>(bodies)).hasSize(200);
    assertThat(bodies.size() - 200).isBetween(0, SLOW.maxInFlight());
  }

  @Test
  void two_runs_at_once_are_one_too_many() throws Exception {
    write(200, 0);
    Plan plan = plan();
    Plan other = plan();
    CountDownLatch under = new CountDownLatch(1);
    CompletableFuture<Report> first =
        CompletableFuture.supplyAsync(() -> replay(plan, SLOW).run(progress -> under.countDown()));
    under.await();
    assertThatThrownBy(() -> run(other))
        .hasMessageStartingWith("SP-DLQ-003 ")
        .hasMessageContaining(plan.run());
    ledger.append(Kind.CANCEL, plan.run(), LETTERS, null, null);
    assertThat(first.join().outcome()).isEqualTo(Report.Outcome.CANCELLED);

    // The address is free again, and what was not sent is still in the other plan.
    Report report = run(other);
    assertThat(report.outcome()).isEqualTo(Report.Outcome.DONE);
    assertThat(report.progress().before()).isPositive();
    assertThat(new HashSet<>(at(ORIGIN).stream().map(ReplayTest::body).toList())).hasSize(200);
    assertThat(at(ORIGIN)).hasSize(200);
  }

  @Test
  void a_run_that_has_died_is_taken_over() {
    write(5, 0);
    ledger.append(Kind.CLAIM, "dead-run", LETTERS, null, "killed");
    assertThat(run(plan()).outcome()).isEqualTo(Report.Outcome.DONE);
    assertThat(ledger.state(LETTERS).holder()).isNull();
  }

  @Test
  void a_plan_of_what_is_gone_or_another_is_not_carried_out() {
    write(3, 0);
    Plan plan = plan();
    Report others = run(with(plan, plan.positions(), new Hashes().write()));
    assertThat(others.outcome()).isEqualTo(Report.Outcome.DRIFTED);
    assertThat(others.remarks()).containsExactly(LETTERS_DIFFER);
    assertThat(at(ORIGIN)).isEmpty();

    // The first letter is gone, as retention takes it.
    transport.topology().truncate(LETTERS, plan.positions().keySet().iterator().next(), "1");
    Report eaten = run(plan);
    assertThat(eaten.outcome()).isEqualTo(Report.Outcome.DRIFTED);
    assertThat(eaten.missing()).isEqualTo(1);
    assertThat(eaten.remarks())
        .containsExactly("A letter of the plan is gone from " + LETTERS + ": 0-0.");
    assertThat(at(ORIGIN)).isEmpty();
    assertThat(ledger.runs()).extracting(Run::ended).contains("drifted");

    String partition = plan.positions().keySet().iterator().next();
    Map<String, List<String>> more = new TreeMap<>(plan.positions());
    more.put(partition, List.of("0-1000"));
    Settings anyway = new Settings(1e6, 10, 0, 100, Duration.ofSeconds(1), false, true);
    Report report = replay(with(plan, more, plan.hashes()), anyway).run(progress -> {});
    assertThat(report.outcome()).isEqualTo(Report.Outcome.DRIFTED);
    assertThat(report.missing()).isEqualTo(999);
    assertThat(report.remarks())
        .containsExactly("999 letters of the plan are gone from " + LETTERS + ": 0-0 0-3 to 1000.");
    assertThat(at(ORIGIN)).hasSize(2);
  }

  @Test
  void a_letter_that_is_another_is_never_sent() {
    write(2, 0);
    Hashes first = new Hashes();
    Letters.on(transport)
        .read(
            LETTERS,
            Filter.all(),
            letter -> {
              first.add(Plan.Hash.of(letter));
              return false;
            });
    Plan plan = plan();
    Plan half = with(plan, plan.positions(), first.write());
    Report report = run(half);
    assertThat(report.outcome()).isEqualTo(Report.Outcome.DRIFTED);
    assertThat(report.missing()).isEqualTo(1);
    assertThat(at(ORIGIN)).hasSize(1);

    Settings anyway = new Settings(1e6, 10, 0, 100, Duration.ofSeconds(1), false, true);
    assertThat(replay(half, anyway).run(progress -> {}).outcome())
        .isEqualTo(Report.Outcome.DRIFTED);
    assertThat(at(ORIGIN)).hasSize(1);
  }

  @Test
  void nothing_is_sent_if_a_destination_is_missing() {
    write(2, 0);
    Plan plan =
        Planner.of(transport, ledger, "ada@test").on(Terms.replay().to("nowhere")).plan(LETTERS);
    assertThatThrownBy(() -> run(plan))
        .hasMessageStartingWith("SP-DLQ-016 ")
        .hasMessageContaining("nowhere");
    assertThat(plan().letters()).isEqualTo(2);
  }

  @Test
  void what_cannot_be_sent_stays_unresolved_and_is_told() {
    write(3, 0);
    Plan plan = plan();
    AtomicBoolean first = new AtomicBoolean(true);
    Report report =
        replay(plan, new Settings(2, 10, 0, 100, Duration.ofSeconds(1), false, false))
            .run(
                progress -> {
                  if (progress.sent() > 0 && first.getAndSet(false)) {
                    transport.faults().outage(ORIGIN, PublishFault.REJECTED_FOR_SURROUNDINGS);
                  }
                });
    assertThat(report.outcome()).isEqualTo(Report.Outcome.INCOMPLETE);
    assertThat(report.progress().refused()).isEqualTo(2);
    assertThat(report.failures()).hasSize(2);
    assertThat(report.progress().failedGroups()).containsValue(2L).hasSize(1);
    transport.faults().end();
    assertThat(plan().letters()).isEqualTo(2);
  }

  @Test
  void a_run_ends_once_its_destination_has_refused_a_hundred_and_taken_none() {
    write(2000, 0);
    transport.faults().outage(ORIGIN, PublishFault.REJECTED_FOR_SURROUNDINGS);
    Report report = run(plan());
    assertThat(report.outcome()).isEqualTo(Report.Outcome.REFUSED);
    assertThat(report.progress().sent()).isLessThan(2000);
  }

  @Test
  void a_run_that_is_stopped_ends_in_order_and_goes_on_without_a_duplicate() {
    write(200, 0);
    Plan plan = plan();
    Replay first = replay(plan, SLOW);
    Report report =
        first.run(
            progress -> {
              if (progress.sent() > 20) {
                first.stop();
              }
            });
    assertThat(report.outcome()).isEqualTo(Report.Outcome.INTERRUPTED);
    assertThat(report.progress().noted()).isEqualTo(report.progress().sent()).isLessThan(200);
    assertThat(ledger.state(LETTERS).holder()).isNull();

    Report rest = run(plan);
    assertThat(rest.outcome()).isEqualTo(Report.Outcome.DONE);
    assertThat(at(ORIGIN)).hasSize(200);
  }

  @Test
  void a_run_holds_on_and_goes_on_as_it_is_asked_to() throws Exception {
    write(200, 0);
    Plan plan = plan();
    CountDownLatch under = new CountDownLatch(1);
    CompletableFuture<Report> running =
        CompletableFuture.supplyAsync(() -> replay(plan, SLOW).run(progress -> under.countDown()));
    under.await();
    ledger.ask(Kind.PAUSE, ledger.runs().get(0));
    AtomicInteger seen = new AtomicInteger(-1);
    await()
        .pollInterval(SILENCE)
        .until(() -> at(ORIGIN).size() == seen.getAndSet(at(ORIGIN).size()));
    assertThat(ledger.runs().get(0).request()).isEqualTo(Kind.PAUSE);
    assertThat(ledger.state(LETTERS).isResolved("0", 0)).isTrue();
    assertThat(running).isNotDone();
    ledger.ask(Kind.RESUME, ledger.runs().get(0));
    assertThat(running.join().outcome()).isEqualTo(Report.Outcome.DONE);
    assertThatThrownBy(() -> ledger.ask(Kind.CANCEL, ledger.runs().get(0)))
        .hasMessageStartingWith("SP-DLQ-005 ");
  }

  @Test
  void two_that_go_on_with_the_same_run_are_one_too_many() throws Exception {
    write(200, 0);
    Plan plan = plan();
    CountDownLatch under = new CountDownLatch(1);
    CompletableFuture<Report> first =
        CompletableFuture.supplyAsync(() -> replay(plan, SLOW).run(progress -> under.countDown()));
    under.await();
    assertThatThrownBy(() -> run(plan)).hasMessageStartingWith("SP-DLQ-003 ");
    assertThat(first.join().outcome()).isEqualTo(Report.Outcome.DONE);
    assertThat(at(ORIGIN)).hasSize(200);
  }

  @Test
  void a_run_that_was_cancelled_can_be_taken_up_again() {
    write(5, 0);
    Plan plan = plan();
    ledger.append(Kind.CLAIM, plan.run(), LETTERS, null, "before");
    ledger.append(Kind.CANCEL, plan.run(), LETTERS, null, null);
    ledger.append(Kind.ENDED, plan.run(), LETTERS, null, "cancelled");
    assertThat(run(plan).outcome()).isEqualTo(Report.Outcome.DONE);
  }

  @Test
  void a_canary_that_dies_again_ends_the_run() {
    canary(20, 3);
  }

  @Test
  void a_plan_of_no_more_letters_than_the_canary_is_watched_as_a_whole() {
    canary(3, 5);
  }

  private void canary(int letters, int first) {
    write(letters, 0);
    Settings careful = new Settings(1e6, 10, first, 100, Duration.ofSeconds(5), false, false);
    Plan plan = plan();
    CompletableFuture<Void> stop = new CompletableFuture<>();
    Thread consumer =
        new Thread(
            () -> {
              int seen = 0;
              while (!stop.isDone()) {
                List<Message> all = at(ORIGIN);
                for (; seen < all.size(); seen++) {
                  send(failed(all.get(seen))); // as a handler that has not been mended
                }
                Thread.onSpinWait();
              }
            });
    consumer.start();
    try {
      Report report = replay(plan, careful).run(progress -> {});
      assertThat(report.outcome()).isEqualTo(Report.Outcome.CAME_BACK);
      assertThat(report.progress().sent()).isEqualTo(3);
      assertThat(report.progress().died()).isPositive();
      assertThat(report.remarks())
          .hasSize(1)
          .first()
          .asString()
          .startsWith("3 of 3 were published");
    } finally {
      stop.complete(null);
    }
  }

  @Test
  void a_canary_that_nobody_handles_ends_the_run() {
    write(20, 0);
    Report report = replay(plan(), careful(3, 100)).run(progress -> {});
    assertThat(report.outcome()).isEqualTo(Report.Outcome.NOT_HANDLED);
    assertThat(report.progress().sent()).isEqualTo(3);
    assertThat(report.remarks())
        .containsExactly(
            "3 of 3 were published, none came back, none was handled within 1 s: nobody consumes"
                + " orders as billing, or it takes longer.");
    assertThat(at(ORIGIN)).hasSize(3);
  }

  @Test
  void a_canary_of_which_enough_are_handled_lets_the_run_go_on() {
    write(20, 0);
    assertThat(replay(plan(), careful(3, 0)).run(progress -> {}).outcome())
        .isEqualTo(Report.Outcome.DONE);
    assertThat(at(ORIGIN)).hasSize(20);
  }

  @Test
  void what_is_refused_or_parked_is_no_success_of_the_canary() {
    write(3, 3); // which go to the parking lot
    write(20, 0);
    transport.create("orders.billing.parking-lot");
    transport.faults().outage(ORIGIN, PublishFault.REJECTED_FOR_SURROUNDINGS);
    Report report = replay(plan(), careful(3, 100)).run(progress -> {});
    assertThat(report.outcome()).isEqualTo(Report.Outcome.NOT_HANDLED);
    assertThat(report.progress().refused()).isEqualTo(3);
    assertThat(report.progress().noted()).isEqualTo(3);
    assertThat(report.remarks()).first().asString().startsWith("0 of 3 were published");
  }

  private static Settings careful(int canary, double minSuccess) {
    return new Settings(1e6, 10, canary, minSuccess, Duration.ofSeconds(1), false, false);
  }

  @Test
  void a_plan_is_the_same_after_it_was_written_and_read(@TempDir Path folder) {
    write(3, 0);
    Plan plan = plan();
    Path file = folder.resolve("plan.json");
    plan.write(file);
    assertThat(Plan.read(file)).isEqualTo(plan);
    assertThatThrownBy(() -> Plan.read(folder.resolve("none.json")))
        .hasMessageStartingWith("SP-DLQ-010 ");
  }

  @Test
  void the_ledger_tells_of_runs() {
    write(4, 0);
    Plan plan = plan();
    Progress progress = run(plan).progress();
    Run run = ledger.state(LETTERS).run(plan.run());
    assertThat(run).isNotNull();
    assertThat(run.letters()).isEqualTo(progress.noted()).isEqualTo(4);
    assertThat(run.by()).isEqualTo("ada@test");
    assertThat(run.ended()).isEqualTo("done");
    Positions two = Positions.read(plan.positions());
    ledger.append(Kind.RESTORED, "by-hand", LETTERS, two, null);
    assertThat(plan().letters()).isEqualTo(4);
  }

  // ---- letters

  private Plan plan() {
    return Planner.of(transport, ledger, "ada@test").plan(LETTERS);
  }

  private Replay replay(Plan plan, Settings settings) {
    return new Replay(transport, ledger, plan, settings, SILENCE);
  }

  private Report run(Plan plan) {
    return replay(plan, Settings.defaults()).run(progress -> {});
  }

  private static Plan with(Plan plan, Map<String, List<String>> positions, String hashes) {
    return new Plan(
        plan.version(),
        plan.run() + positions.hashCode() + hashes.hashCode(),
        plan.created(),
        plan.by(),
        plan.transport(),
        plan.address(),
        plan.terms(),
        plan.filter(),
        plan.letters(),
        plan.bytes(),
        plan.destinations(),
        plan.groups(),
        positions,
        plan.parked(),
        plan.reordered(),
        hashes,
        plan.sha256(),
        plan.leftOut(),
        plan.refused(),
        plan.refusals());
  }

  private void write(int letters, int replays) {
    for (int i = 0; i < letters; i++) {
      List<Header> headers = new ArrayList<>();
      headers.add(header("own", "header"));
      headers.add(header(FailureHeaders.REASON, "broken"));
      headers.add(header(FailureHeaders.ATTEMPTS, "10"));
      headers.add(header(FailureHeaders.SUBSCRIPTION, "billing"));
      headers.add(header(FailureHeaders.ORIGIN_ADDRESS, ORIGIN));
      headers.add(header(FailureHeaders.ORIGIN_PARTITION, "0"));
      headers.add(header(FailureHeaders.ORIGIN_POSITION, Integer.toString(i)));
      headers.add(header("kafka_dlt-x", "from somebody else"));
      if (replays > 0) {
        headers.add(header(FailureHeaders.REPLAYS, Integer.toString(replays)));
      }
      String text = "letter " + i + " of " + letters;
      send(new Message(LETTERS, ("k" + i % 5).getBytes(UTF_8), headers, text.getBytes(UTF_8)));
    }
  }

  private static Message failed(Message message) {
    List<Header> headers = new ArrayList<>(message.headers());
    headers.add(header(FailureHeaders.REASON, "broken"));
    return new Message(LETTERS, message.key(), headers, message.body());
  }

  private void send(Message message) {
    try (Sender sender = ((Transport) transport).sender(Duration.ofSeconds(5))) {
      var unused = sender.send(message).join();
    }
  }

  private static Header header(String name, String value) {
    return new Header(name, value.getBytes(UTF_8));
  }

  private List<Message> at(String address) {
    return transport.stored(address).stream().map(StoredMessage::message).toList();
  }

  private static String body(Message message) {
    byte[] body = message.body();
    return body == null ? "" : new String(body, UTF_8);
  }

  private static Map<String, String> headers(Message message) {
    Map<String, String> headers = new TreeMap<>();
    for (Header header : message.headers()) {
      byte[] value = header.value();
      headers.put(header.name(), value == null ? "" : new String(value, UTF_8));
    }
    return headers;
  }
}
