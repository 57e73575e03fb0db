package io.stagepost.dlq;

import static io.stagepost.dlq.Bench.LETTERS;
import static io.stagepost.dlq.Bench.ORIGIN;
import static io.stagepost.dlq.Bench.PARKING;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.stagepost.DecodeException;
import io.stagepost.dlq.Entry.Kind;
import io.stagepost.dlq.Plan.Refusal;
import io.stagepost.dlq.Replay.Report.Outcome;
import io.stagepost.dlq.Terms.Action;
import io.stagepost.dlq.Terms.Ids;
import io.stagepost.dlq.Terms.Order;
import io.stagepost.spi.FailureHeaders;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What can be done with letters, beside replaying them as they are. */
@Timeout(60)
class ActionsTest {
  private final Bench bench = new Bench();

  @AfterEach
  void close() {
    bench.close();
  }

  // ---- dead letters, parking lot, trash

  @Test
  void a_parked_letter_is_a_dead_letter_no_more_and_comes_back_as_it_was() {
    bench.die("k", "a", 0, 0);
    bench.die("k", "b", 1, 0);
    Plan plan =
        bench
            .planner()
            .on(Terms.of(Action.PARK))
            .choosing(Filter.all().ids(Set.of("0-1")))
            .plan(LETTERS);
    assertThat(plan.destinations()).containsOnlyKeys(PARKING);
    assertThat(bench.run(plan).outcome()).isEqualTo(Outcome.DONE);
    assertThat(bench.ids(PARKING)).containsExactly("b");
    assertThat(bench.at(PARKING).get(0).header(FailureHeaders.REASON))
        .isEqualTo("broken".getBytes(UTF_8));
    assertThat(bench.plan(Terms.replay()).positions()).isEqualTo(Map.of("0", List.of("0")));

    assertThat(bench.run(Terms.of(Action.UNPARK)).outcome()).isEqualTo(Outcome.DONE);
    assertThat(bench.ids(LETTERS)).containsExactly("a", "b", "b");
    assertThat(bench.plan(Terms.of(Action.UNPARK)).letters()).isZero();
    assertThat(bench.run(Terms.replay()).progress().noted()).isEqualTo(2);
    assertThat(bench.ids(ORIGIN)).containsExactly("a", "b");
  }

  @Test
  void a_discarded_letter_stays_where_it_is_and_can_be_wanted_again() {
    bench.die("k", "a", 0, 0);
    bench.die("k", "b", 1, 0);
    assertThat(bench.run(Terms.of(Action.DISCARD)).progress().noted()).isEqualTo(2);
    assertThat(bench.plan(Terms.replay()).letters()).isZero();
    assertThat(bench.ids(LETTERS)).hasSize(2);

    Plan one =
        bench
            .planner()
            .on(Terms.of(Action.RESTORE))
            .choosing(Filter.all().ids(Set.of("0-1")))
            .plan(LETTERS);
    assertThat(bench.run(one).outcome()).isEqualTo(Outcome.DONE);
    assertThat(bench.run(one).progress().sent()).isZero();
    assertThat(bench.plan(Terms.replay()).letters()).isEqualTo(1);
  }

  @Test
  void what_was_replayed_is_not_restored() {
    bench.die("k", "a", 0, 0);
    bench.run(Terms.replay());
    assertThat(bench.plan(Terms.of(Action.RESTORE)).letters()).isZero();
  }

  @Test
  void an_address_of_any_name_has_a_parking_lot_from_which_letters_come_back() {
    String parking = "graveyard-parking-lot";
    List.of("graveyard", parking).forEach(bench.transport::create);
    bench.send(bench.transport.encode("graveyard", "k", event("a")));
    Plan parked = bench.planner().on(Terms.of(Action.PARK)).plan("graveyard");
    assertThat(parked.destinations()).containsOnlyKeys(parking);
    assertThat(bench.run(parked).outcome()).isEqualTo(Outcome.DONE);
    Plan unparked = bench.planner().on(Terms.of(Action.UNPARK)).plan(parking);
    assertThat(unparked.destinations()).containsOnlyKeys("graveyard");
    assertThatThrownBy(() -> bench.planner().on(Terms.of(Action.PARK)).plan(parking))
        .hasMessageStartingWith("SP-DLQ-013 ")
        .hasMessageContaining("--max-replays");

    bench.send(bench.transport.encode("graveyard", "k", event("b")));
    assertThatThrownBy(() -> bench.planner().on(Terms.of(Action.UNPARK)).plan("graveyard"))
        .hasMessageStartingWith("SP-DLQ-013 ")
        .hasMessageContaining("--to ADDRESS");
  }

  @Test
  void a_letter_that_was_replayed_too_often_is_parked() {
    bench.die("k", "a", 0, 3);
    bench.die("k", "b", 1, 2);
    Plan plan = bench.plan(Terms.replay());
    assertThat(plan.letters()).isEqualTo(2);
    assertThat(plan.parkedLetters()).isEqualTo(1);
    assertThat(bench.run(plan).outcome()).isEqualTo(Outcome.DONE);
    assertThat(bench.ids(ORIGIN)).containsExactly("b");
    assertThat(bench.ids(PARKING)).containsExactly("a");
    List<Kind> kinds = new ArrayList<>();
    bench.ledger.read(entry -> kinds.add(entry.kind()));
    assertThat(kinds).contains(Kind.PARKED, Kind.REPLAYED);
  }

  @Test
  void nothing_is_sent_to_where_it_lies() {
    bench.die("k", "a", 0, 0);
    for (Terms terms :
        List.of(
            Terms.replay().to(LETTERS),
            Terms.replay().parking(LETTERS),
            Terms.of(Action.PARK).to(LETTERS))) {
      assertThatThrownBy(() -> bench.plan(terms)).hasMessageStartingWith("SP-DLQ-163 ");
    }
    bench.send(
        bench
            .transport
            .encode(LETTERS, "k", event("b"))
            .with(
                List.of(
                    Bench.header(FailureHeaders.REASON, "broken"),
                    Bench.header(FailureHeaders.ORIGIN_ADDRESS, LETTERS))));
    Plan plan = bench.plan(Terms.replay());
    assertThat(plan.letters()).isEqualTo(1);
    assertThat(plan.refusals()).extracting(Refusal::reason).containsExactly("own-address");
  }

  @Test
  void a_plan_tells_what_it_leaves_out_and_later_what_it_would_find() {
    for (String id : List.of("a", "b", "c", "d")) {
      bench.die("k", id, 0, 0);
    }
    bench.run(bench.planner().choosing(Filter.all().ids(Set.of("0-0"))).plan(LETTERS));
    Filter second = Filter.all().ids(Set.of("0-1"));
    bench.run(bench.planner().on(Terms.of(Action.DISCARD)).choosing(second).plan(LETTERS));
    Map<String, Long> dealtWith = Map.of("replayed", 1L, "discarded", 1L);
    assertThat(bench.plan(Terms.replay()).leftOut()).isEqualTo(dealtWith);
    assertThat(bench.plan(Terms.replay().order(Order.OVERTAKING)).leftOut()).isEqualTo(dealtWith);
    assertThat(bench.plan(Terms.of(Action.RESTORE)).leftOut())
        .isEqualTo(Map.of("replayed", 1L, "open", 2L));

    Plan plan = bench.plan(Terms.replay());
    assertThat(bench.planner().outlook(plan)).isEqualTo(new Outlook(Map.of(), 2, 0, false));
    Filter third = Filter.all().ids(Set.of("0-2"));
    bench.run(bench.planner().on(Terms.of(Action.PARK)).choosing(third).plan(LETTERS));
    assertThat(bench.planner().outlook(plan))
        .isEqualTo(new Outlook(Map.of("parked", 1L), 1, 0, false));
    bench.transport.topology().truncate(LETTERS, "0", "4");
    bench.die("k", "e", 0, 0);
    Outlook eaten = bench.planner().outlook(plan);
    assertThat(eaten).isEqualTo(new Outlook(Map.of("gone", 1L), 0, 1, false));
    assertThat(eaten.hasDrifted()).isTrue();
  }

  @Test
  void many_ids_are_told_by_their_number() {
    assertThat(Filter.all().ids(Set.of("0-1", "0-0"))).hasToString("--ids-from (0-0 0-1)");
    Set<String> many = Set.of("0-0", "0-1", "0-2", "0-3", "0-4", "0-5");
    assertThat(Filter.all().ids(many).toString())
        .matches("--ids-from \\(6 ids, SHA-256 [0-9a-f]{12}\\)");
  }

  // ---- ids and schemas

  @Test
  void a_new_id_is_the_same_each_time_the_run_sends_the_letter() {
    bench.die("k", "a", 0, 0);
    Plan plan = bench.plan(Terms.replay().ids(Ids.NEW));
    bench.run(plan);
    CloudEvent first = bench.transport.decode(bench.at(ORIGIN).get(0));
    assertThat(first.getId()).isNotEqualTo("a");
    assertThat(first.getExtension("replayof")).isEqualTo("a");
    assertThat(bench.at(ORIGIN).get(0).body()).isEqualTo(bench.at(LETTERS).get(0).body());

    Positions one = Positions.read(plan.positions());
    bench.ledger.append(Kind.RESTORED, "by-hand", LETTERS, one, null);
    bench.run(plan);
    assertThat(bench.ids(ORIGIN)).containsExactly(first.getId(), first.getId());
  }

  @Test
  void an_event_is_encoded_anew_and_what_cannot_be_is_left_alone() {
    bench.die("k", "a", 0, 0);
    bench.die("k", "b", 1, 0);
    Upcast upcast =
        (event, destination) -> {
          if (event.getId().equals("b")) {
            throw new DecodeException("SP-TEST-999", "no such schema", null);
          }
          return CloudEventBuilder.from(event).withData("{\"v\":2}".getBytes(UTF_8)).build();
        };
    Terms terms = Terms.replay().upcasting();
    assertThatThrownBy(() -> bench.plan(terms)).hasMessageStartingWith("SP-DLQ-014 ");
    Plan plan = bench.planner().on(terms).upcasting(upcast).plan(LETTERS);
    assertThat(plan.refusals())
        .extracting(Refusal::id, Refusal::reason)
        .containsExactly(tuple("0-1", "cannot-upcast"));
    bench.replay(plan).upcasting(upcast).run(progress -> {});
    assertThat(bench.ids(ORIGIN)).containsExactly("a");
    assertThat(bench.at(ORIGIN).get(0).body()).isEqualTo("{\"v\":2}".getBytes(UTF_8));
  }

  @Test
  void nothing_is_sent_that_a_check_refuses() {
    bench.die("k", "a", 0, 0);
    bench.die("k", "b", 1, 0);
    Plan plan =
        bench
            .planner()
            .checking(
                letter ->
                    letter.id().equals("0-0")
                        ? Optional.of(new Refusal(letter.id(), "invalid", "no amount"))
                        : Optional.empty())
            .plan(LETTERS);
    assertThat(plan.refused()).isEqualTo(1);
    bench.run(plan);
    assertThat(bench.ids(ORIGIN)).containsExactly("b");
  }

  // ---- order

  @Test
  void events_of_a_key_are_sent_in_the_order_in_which_they_first_were() {
    bench.publish("k", "a");
    bench.publish("x", "b");
    bench.publish("k", "c");
    bench.die("k", "c", 2, 0);
    bench.die("x", "b", 1, 0);
    bench.die("k", "a", 0, 1); // failed again after it was replayed
    Plan plan = bench.plan(Terms.replay().order(Order.PRESERVED));
    assertThat(plan.reordered()).containsExactly("0-2", "0-0");
    assertThat(bench.run(plan).outcome()).isEqualTo(Outcome.DONE);
    assertThat(bench.ids(ORIGIN)).containsExactly("a", "b", "c", "b", "a", "c");
  }

  @Test
  void a_letter_does_not_overtake_newer_events_of_its_key_unless_told_to() {
    bench.publish("k", "a");
    bench.publish("k", "b"); // handled
    bench.publish("x", "c");
    bench.die("k", "a", 0, 0);
    bench.die("x", "c", 2, 0);
    Plan plan = bench.plan(Terms.replay().order(Order.PRESERVED));
    assertThat(plan.refusals()).extracting(Refusal::reason).containsExactly("would-overtake");
    assertThat(plan.letters()).isEqualTo(1);
    assertThat(bench.plan(Terms.replay().order(Order.OVERTAKING)).letters()).isEqualTo(2);
  }

  @Test
  void a_replay_that_lies_after_a_letter_is_taken_for_what_it_was() {
    bench.publish("k", "a");
    bench.publish("k", "b");
    bench.die("k", "a", 0, 0);
    bench.die("k", "b", 1, 0);
    Plan first = bench.planner().choosing(Filter.all().ids(Set.of("0-0"))).plan(LETTERS);
    bench.run(first); // "a" lies behind "b" now, and is older all the same
    Plan plan = bench.plan(Terms.replay().order(Order.PRESERVED));
    assertThat(plan.refusals()).isEmpty();
    assertThat(plan.letters()).isEqualTo(1);
  }

  @Test
  void letters_behind_one_that_is_left_alone_wait_for_it() {
    for (String id : List.of("a", "b", "c")) {
      bench.die("k", id, bench.publish("k", id), 0);
    }
    Plan plan =
        bench
            .planner()
            .on(Terms.replay().order(Order.PRESERVED))
            .choosing(Filter.all().ids(Set.of("0-0", "0-2")))
            .plan(LETTERS);
    assertThat(plan.positions()).isEqualTo(Map.of("0", List.of("0")));
    assertThat(plan.refusals()).extracting(Refusal::reason).containsExactly("behind-another");
  }

  // ---- editing

  @Test
  void an_edited_letter_takes_the_place_of_the_first_which_stays() {
    bench.die("k", "a", 0, 1);
    Editor editor = Editor.of(bench.transport, bench.ledger);
    Letter letter = Letters.on(bench.transport).find(LETTERS, "0-0").orElseThrow();
    Change change =
        Change.none()
            .set("lines.0.price", "12.50")
            .add("/note/by", "ada")
            .header("extra", "x".getBytes(UTF_8));
    Letter edited = editor.edited(letter, change);
    assertThat(editor.edited(letter, change).event()).isEqualTo(edited.event());
    editor.write(edited);

    assertThat(bench.at(LETTERS)).hasSize(2);
    Plan plan = bench.plan(Terms.replay());
    assertThat(plan.positions()).isEqualTo(Map.of("0", List.of("1")));
    bench.run(plan);
    CloudEvent sent = bench.transport.decode(bench.at(ORIGIN).get(0));
    assertThat(new String(bench.at(ORIGIN).get(0).body(), UTF_8))
        .isEqualTo("{\"order\":\"a\",\"lines\":[{\"price\":12.50}],\"note\":{\"by\":\"ada\"}}");
    assertThat(sent.getId()).isNotEqualTo("a");
    assertThat(sent.getExtension("editof")).isEqualTo("a");
    assertThat(sent.getType()).isEqualTo("com.example.order.v1");
    assertThat(bench.at(ORIGIN).get(0).header("extra")).isEqualTo("x".getBytes(UTF_8));
    assertThat(bench.at(ORIGIN).get(0).header(FailureHeaders.REPLAYS))
        .isEqualTo("2".getBytes(UTF_8));
    assertThatThrownBy(() -> editor.write(edited)).hasMessageStartingWith("SP-DLQ-018 ");
  }

  @Test
  void a_change_that_has_no_place_is_refused() {
    bench.die("k", "a", 0, 0);
    Editor editor = Editor.of(bench.transport, bench.ledger);
    Letter letter = Letters.on(bench.transport).find(LETTERS, "0-0").orElseThrow();
    for (Change change :
        List.of(
            Change.none(),
            Change.none().set("lines.1.price", "1"),
            Change.none().set("order.price", "1"),
            Change.none().set("ordre", "b"),
            Change.none().set("order", "a"),
            Change.none().add("order", "b"),
            Change.none().add("lines.2", "{}"),
            Change.none().header("ce-nothing", null),
            Change.none().header("ce_id", "other".getBytes(UTF_8)),
            Change.none().body("text".getBytes(UTF_8)).set("a", "1"))) {
      assertThatThrownBy(() -> editor.edited(letter, change)).hasMessageStartingWith("SP-DLQ-017 ");
    }
    assertThatThrownBy(() -> editor.edited(letter, Change.none().set("ordre", "b")))
        .hasMessageContaining("no ordre among order, lines")
        .hasMessageContaining("--add");
    assertThat(data(editor.edited(letter, Change.none().add("lines.-", "{}"))))
        .isEqualTo("{\"order\":\"a\",\"lines\":[{\"price\":1},{}]}");
  }

  @Test
  void a_value_of_another_kind_is_refused_unless_it_is_meant() {
    bench.die("k", "a", 0, 0);
    Editor editor = Editor.of(bench.transport, bench.ledger);
    Letter letter = Letters.on(bench.transport).find(LETTERS, "0-0").orElseThrow();
    Change text = Change.none().set("lines.0.price", "twelve");
    assertThatThrownBy(() -> editor.edited(letter, text))
        .hasMessageStartingWith("SP-DLQ-164 lines.0.price is a number, and would be a text.")
        .hasMessageContaining("--retype");
    assertThatThrownBy(() -> editor.edited(letter, Change.none().set("order", "12")))
        .hasMessageStartingWith("SP-DLQ-164 ");
    assertThat(data(editor.edited(letter, text.retyping()))).contains("{\"price\":\"twelve\"}");
    assertThat(data(editor.edited(letter, Change.none().set("order", "null"))))
        .contains("\"order\":null");
  }

  @Test
  void what_was_json_is_not_made_something_broken() {
    bench.die("k", "a", 0, 0);
    Editor editor = Editor.of(bench.transport, bench.ledger);
    Letter letter = Letters.on(bench.transport).find(LETTERS, "0-0").orElseThrow();
    for (Change change :
        List.of(
            Change.none().body("{\"order\":\n}".getBytes(UTF_8)),
            Change.none().body(new byte[0]),
            Change.none().set("order", "{\"a\":"),
            Change.none().add("more", "[1"))) {
      assertThatThrownBy(() -> editor.edited(letter, change)).hasMessageStartingWith("SP-DLQ-165 ");
    }
    Change text = Change.none().body("order a".getBytes(UTF_8));
    assertThatThrownBy(() -> editor.edited(letter, text)).hasMessageContaining("line 1, column ");
    Change plain = text.header("content-type", "text/plain".getBytes(UTF_8));
    assertThat(data(editor.edited(letter, plain))).isEqualTo("order a");
  }

  @Test
  void an_event_stays_one() {
    bench.die("k", "a", 0, 0);
    Editor editor = Editor.of(bench.transport, bench.ledger);
    Letter letter = Letters.on(bench.transport).find(LETTERS, "0-0").orElseThrow();
    for (String header : List.of("ce_type", "ce_id", "ce_source", "ce_specversion")) {
      assertThatThrownBy(() -> editor.edited(letter, Change.none().header(header, null)))
          .hasMessageStartingWith("SP-DLQ-166 ")
          .hasMessageContaining("no CloudEvent any more");
    }
  }

  private static String data(Letter letter) {
    return new String(letter.message().body(), UTF_8);
  }

  // ---- purging

  @Test
  void only_what_was_dealt_with_at_the_head_and_exported_is_deleted(@TempDir Path folder) {
    for (String id : List.of("a", "b", "c", "d")) {
      bench.die("k", id, 0, 0);
    }
    Path two = export(folder.resolve("two.ndjson"), 2);
    Path all = export(folder.resolve("all.ndjson"), 4);
    Filter resolved = Filter.all().ids(Set.of("0-0", "0-1", "0-3"));
    bench.run(bench.planner().on(Terms.of(Action.DISCARD)).choosing(resolved).plan(LETTERS));
    Purge purge = new Purge(bench.transport, bench.ledger, LETTERS);
    assertThat(purge.look()).isEqualTo(new Purge.Cut(2, Map.of("0", 2L)));
    Path one = export(folder.resolve("one.ndjson"), 1);
    assertThatThrownBy(() -> purge.run(one)).hasMessageStartingWith("SP-DLQ-022 ");
    assertThat(bench.ids(LETTERS)).hasSize(4);

    assertThat(purge.run(two).letters()).isEqualTo(2);
    assertThat(bench.ids(LETTERS)).containsExactly("c", "d");
    assertThat(purge.run(all).letters()).isZero();
    assertThat(bench.plan(Terms.replay()).letters()).isEqualTo(1);
  }

  private Path export(Path file, int letters) {
    try (Archive.Writer writer = Archive.create(file, LETTERS)) {
      int[] left = {letters};
      Letters.on(bench.transport)
          .read(
              LETTERS,
              Filter.all(),
              letter -> {
                writer.add(letter);
                return --left[0] > 0;
              });
    }
    return file;
  }

  private static CloudEvent event(String id) {
    return CloudEventBuilder.v1()
        .withId(id)
        .withSource(URI.create("urn:test"))
        .withType("com.example.order.v1")
        .build();
  }
}
