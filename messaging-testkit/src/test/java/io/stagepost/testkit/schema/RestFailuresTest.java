package io.stagepost.testkit.schema;

import static io.stagepost.testkit.schema.AnsweringServer.SCHEMA;
import static io.stagepost.testkit.schema.AnsweringServer.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.stagepost.MessagingException;
import io.stagepost.schema.Schema;
import io.stagepost.schema.Schema.Format;
import io.stagepost.schema.SchemaNotFoundException;
import io.stagepost.schema.SchemaRefusedException;
import io.stagepost.schema.registry.RestRegistry;
import io.stagepost.testkit.fixture.TcpProxy;
import io.stagepost.testkit.schema.AnsweringServer.Answers;
import io.stagepost.testkit.schema.AnsweringServer.Reply;
import io.stagepost.testkit.schema.AnsweringServer.Request;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.ResourceLock;

/** What the client makes of a registry that is down, slow, overloaded, or none; by its requests. */
@Timeout(120)
@ResourceLock("threads of REST registries")
class RestFailuresTest {
  private static final Schema STRING = Schema.of(Format.AVRO, "\"string\"");

  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  @AfterEach
  void closeAll() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }

  private <T extends AutoCloseable> T opened(T what) {
    open.push(what);
    return what;
  }

  private AnsweringServer server(Answers answers) {
    return opened(new AnsweringServer(answers));
  }

  private static RestRegistry.Builder patient(String... urls) {
    return RestRegistry.builder()
        .urls(urls)
        .timeout(Duration.ofSeconds(60))
        .requestTimeout(Duration.ofSeconds(30));
  }

  private RestRegistry registry(String... urls) {
    return opened(patient(urls).build());
  }

  private static MessagingException failure(Runnable call) {
    MessagingException failure = catchThrowableOfType(MessagingException.class, call::run);
    assertThat(failure).isNotNull();
    return failure;
  }

  /** Worth another try: neither of the two that are final. */
  private static MessagingException noAnswer(String code, Runnable call) {
    MessagingException failure = failure(call);
    assertThat(failure)
        .isNotInstanceOf(SchemaNotFoundException.class)
        .isNotInstanceOf(SchemaRefusedException.class);
    assertThat(failure.code()).isEqualTo(code);
    return failure;
  }

  // ---- tried again

  @Test
  void overload_and_server_errors_are_tried_again_until_there_is_an_answer() {
    for (int status : List.of(408, 429, 500, 502, 503, 504)) {
      AtomicInteger left = new AtomicInteger(3);
      AnsweringServer server =
          server(request -> left.getAndDecrement() > 0 ? new Reply(status, "busy") : SCHEMA);
      assertThat(registry(server.url()).byId(1)).isEqualTo(STRING);
      assertThat(server.count()).as("requests at %d", status).isEqualTo(4);
    }
  }

  @Test
  void a_call_ends_within_its_time_and_says_what_the_last_answer_was() {
    AnsweringServer server = server(request -> new Reply(500, "out of cheese"));
    RestRegistry registry = opened(patient(server.url()).timeout(Duration.ofMillis(700)).build());
    long began = System.nanoTime();
    assertThat(noAnswer("SP-SCHEMA-305", () -> registry.byId(1)))
        .hasMessageContainingAll(server.url(), "500", "out of cheese", "PT0.7S");
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(20));
    // pauses drawn from up to 100, 200, 400 ... ms
    assertThat(server.count()).isBetween(2, 60);
  }

  @Test
  void retry_after_is_heeded_by_everybody() throws Exception {
    AtomicInteger left = new AtomicInteger(1);
    AnsweringServer server =
        server(
            request ->
                left.getAndDecrement() > 0
                    ? new Reply(429, "slow down", Map.of("Retry-After", "2"))
                    : SCHEMA);
    RestRegistry registry = registry(server.url());
    all(20, i -> registry.byId(i));
    List<Request> requests = server.requests();
    assertThat(requests).hasSize(21);
    long refused = requests.get(0).nanos();
    long pause = Duration.ofMillis(1_900).toNanos();
    // those under way when the server said so are let go on
    assertThat(requests.stream().filter(each -> each.nanos() - refused < pause).count())
        .isLessThanOrEqualTo(16);
    assertThat(requests.get(20).nanos() - refused).isGreaterThan(pause);
  }

  @Test
  void retry_after_beyond_the_time_of_a_call_is_told_at_once() {
    AnsweringServer server =
        server(request -> new Reply(503, "maintenance", Map.of("Retry-After", "3600")));
    RestRegistry registry = registry(server.url());
    noAnswer("SP-SCHEMA-305", () -> registry.byId(1));
    noAnswer("SP-SCHEMA-305", () -> registry.byId(2));
    assertThat(server.count()).isEqualTo(1);
  }

  @Test
  void a_slow_answer_is_given_up_and_the_next_server_asked() {
    AnsweringServer slow = new AnsweringServer(request -> SCHEMA);
    opened(slow).answer(request -> slow.never());
    AnsweringServer quick = server(request -> SCHEMA);
    RestRegistry registry =
        opened(patient(slow.url(), quick.url()).requestTimeout(Duration.ofMillis(300)).build());
    assertThat(registry.byId(1)).isEqualTo(STRING);
    assertThat(slow.count()).isEqualTo(1);
    assertThat(quick.count()).isEqualTo(1);
  }

  @Test
  void a_body_that_never_ends_is_given_up() {
    AnsweringServer server = server(request -> AnsweringServer.ENDLESS);
    RestRegistry registry =
        opened(
            patient(server.url())
                .timeout(Duration.ofSeconds(2))
                .requestTimeout(Duration.ofMillis(500))
                .build());
    assertThat(noAnswer("SP-SCHEMA-305", () -> registry.byId(1)))
        .hasMessageContaining("no answer within");
    assertThat(server.count()).isGreaterThan(1);
  }

  // ---- several servers

  @Test
  void it_fails_over_and_stays_where_it_was_answered() {
    AnsweringServer first = server(request -> SCHEMA);
    AnsweringServer second = server(request -> SCHEMA);
    RestRegistry registry = registry(first.url(), second.url());
    registry.byId(1);
    assertThat(List.of(first.count(), second.count())).containsExactly(1, 0);

    first.answer(request -> new Reply(500, ""));
    registry.byId(2);
    registry.byId(3);
    registry.byId(4);
    assertThat(List.of(first.count(), second.count())).containsExactly(2, 3);

    first.answer(request -> SCHEMA);
    second.answer(request -> new Reply(503, ""));
    registry.byId(5);
    registry.byId(6);
    assertThat(List.of(first.count(), second.count())).containsExactly(4, 4);
  }

  @Test
  void a_server_that_is_not_there_is_failed_over() {
    TcpProxy nowhere = opened(TcpProxy.open());
    AnsweringServer server = server(request -> SCHEMA);
    assertThat(registry("http://" + nowhere.address(), server.url()).byId(1)).isEqualTo(STRING);
  }

  // ---- how often it asks

  @Test
  void two_hundred_threads_that_want_one_id_make_one_request() throws Exception {
    AnsweringServer server = server(request -> SCHEMA);
    RestRegistry registry = registry(server.url());
    assertThat(all(200, i -> registry.byId(7))).hasSize(200).containsOnly(STRING);
    assertThat(server.count()).isEqualTo(1);
    registry.byId(7);
    assertThat(server.count()).isEqualTo(1);
  }

  @Test
  void a_failure_is_shared_too() throws Exception {
    AnsweringServer server = server(request -> new Reply(503, "", Map.of("Retry-After", "3600")));
    RestRegistry registry = registry(server.url());
    assertThat(all(200, i -> failure(() -> registry.byId(7)).code())).containsOnly("SP-SCHEMA-305");
    assertThat(server.count()).isEqualTo(1);
  }

  @Test
  void a_storm_of_unknown_ids_makes_one_request_for_each() throws Exception {
    AnsweringServer server = server(request -> UNKNOWN);
    RestRegistry registry = opened(patient(server.url()).missingFor(Duration.ofMinutes(5)).build());
    AtomicInteger lookups = new AtomicInteger();
    Set<Class<?>> failures = ConcurrentHashMap.newKeySet();
    all(
        32,
        thread -> {
          for (int i = thread; i < 10_000; i += 32) {
            int id = i % 100;
            failures.add(failure(() -> registry.byId(id)).getClass());
            lookups.incrementAndGet();
          }
          return thread;
        });
    assertThat(lookups).hasValue(10_000);
    assertThat(failures).containsExactly(SchemaNotFoundException.class);
    assertThat(server.count()).isEqualTo(100);
  }

  @Test
  void a_storm_of_ever_new_ids_is_bounded_and_what_is_known_goes_on() throws Exception {
    AnsweringServer server =
        server(request -> request.path().equals("/schemas/ids/1") ? SCHEMA : UNKNOWN);
    RestRegistry registry = registry(server.url());
    registry.byId(1);
    Map<String, AtomicInteger> codes = new ConcurrentHashMap<>();
    long began = System.nanoTime();
    all(
        32,
        thread -> {
          for (int i = 0; i < 300; i++) {
            int id = 1_000 * (thread + 1) + i;
            codes
                .computeIfAbsent(failure(() -> registry.byId(id)).code(), c -> new AtomicInteger())
                .incrementAndGet();
            registry.byId(1);
          }
          return thread;
        });
    double seconds = (System.nanoTime() - began) / 1e9;
    // 100 at once, 10 a second, and one more for each thread that looked just before
    assertThat(server.count()).isLessThanOrEqualTo((int) (1 + 100 + 10 * seconds + 32 + 1));
    assertThat(codes.keySet()).containsExactlyInAnyOrder("SP-SCHEMA-308", "SP-SCHEMA-310");
    assertThat(codes.values().stream().mapToInt(AtomicInteger::get).sum()).isEqualTo(9_600);
  }

  @Test
  void a_registry_that_is_down_is_asked_as_often_by_many_as_by_one() throws Exception {
    AnsweringServer server = server(request -> new Reply(500, ""));
    RestRegistry registry = opened(patient(server.url()).timeout(Duration.ofSeconds(5)).build());
    all(100, i -> noAnswer("SP-SCHEMA-305", () -> registry.byId(i)).code());
    // eight at once before the first failure is known; then one at a time with pauses
    assertThat(server.count()).isLessThan(8 + 60);

    server.answer(request -> SCHEMA);
    assertThat(registry.byId(1)).isEqualTo(STRING);
  }

  @Test
  void what_is_missing_is_asked_for_again_after_a_while() {
    AnsweringServer server = server(request -> UNKNOWN);
    RestRegistry registry =
        opened(patient(server.url()).missingFor(Duration.ofMillis(300)).build());
    assertThat(failure(() -> registry.byId(1))).isInstanceOf(SchemaNotFoundException.class);
    server.answer(request -> SCHEMA);
    Awaitility.await()
        .ignoreExceptionsInstanceOf(SchemaNotFoundException.class)
        .until(() -> registry.byId(1).equals(STRING));
    assertThat(server.count()).isEqualTo(2);
  }

  @Test
  void the_latest_version_is_asked_for_again_and_kept_while_there_is_no_answer() {
    AnsweringServer server = server(request -> version(1));
    RestRegistry registry =
        opened(
            patient(server.url())
                .latestFor(Duration.ofMillis(300))
                .timeout(Duration.ofMillis(900))
                .build());
    assertThat(registry.latest("orders").version()).isEqualTo(1);
    server.answer(request -> version(2));
    Awaitility.await().until(() -> registry.latest("orders").version() == 2);
    server.answer(request -> new Reply(500, ""));
    int before = server.count();
    Awaitility.await()
        .until(
            () -> {
              assertThat(registry.latest("orders").version()).isEqualTo(2);
              return server.count() > before;
            });
    server.answer(request -> version(3));
    Awaitility.await().until(() -> registry.latest("orders").version() == 3);
  }

  private static Reply version(int version) {
    return new Reply(
        200,
        "{\"subject\":\"orders\",\"id\":"
            + (100 + version)
            + ",\"version\":"
            + version
            + ",\"schema\":\"\\\"string\\\"\"}");
  }

  @Test
  void what_is_known_is_bounded_and_the_least_recently_used_goes() {
    AnsweringServer server = server(request -> SCHEMA);
    RestRegistry registry = opened(patient(server.url()).cacheSize(10).build());
    for (int id = 0; id < 50; id++) {
      registry.byId(id);
      registry.byId(0);
    }
    assertThat(server.count()).isEqualTo(50);
    registry.byId(49);
    registry.byId(0);
    assertThat(server.count()).isEqualTo(50);
    registry.byId(1);
    assertThat(server.count()).isEqualTo(51);
  }

  // ---- what is no answer, and what is final

  @Test
  void credentials_that_are_denied_are_worth_another_try_and_are_not_shown() {
    AnsweringServer server =
        server(request -> new Reply(401, "who is " + request.authorization() + " or s3cret?"));
    RestRegistry registry = opened(patient(server.url()).basicAuth("me", "s3cret").build());
    MessagingException denied = noAnswer("SP-SCHEMA-306", () -> registry.byId(1));
    assertThat(denied)
        .hasMessageContainingAll("401", "the user me", server.url(), "Check the credentials")
        .hasMessageNotContainingAny("s3cret", "bWU6czNjcmV0");
    assertThat(registry.toString()).doesNotContain("s3cret");
    assertThat(server.requests().get(0).authorization()).isEqualTo("Basic bWU6czNjcmV0");
    assertThat(server.count()).isEqualTo(1);

    server.answer(request -> new Reply(403, ""));
    assertThat(noAnswer("SP-SCHEMA-306", () -> registry.byId(1)))
        .hasMessageContaining("Grant the user READ");
    server.answer(request -> SCHEMA);
    assertThat(registry.byId(1)).isEqualTo(STRING);
  }

  @Test
  void a_token_that_ran_out_is_renewed_once() {
    AtomicInteger tokens = new AtomicInteger();
    AnsweringServer server =
        server(
            request ->
                request.authorization().equals("Bearer token-2") ? SCHEMA : new Reply(401, ""));
    RestRegistry registry =
        opened(
            patient(server.url()).bearerToken(() -> "token-" + tokens.incrementAndGet()).build());
    assertThat(registry.byId(1)).isEqualTo(STRING);
    assertThat(server.count()).isEqualTo(2);
    assertThat(noAnswer("SP-SCHEMA-306", () -> registry.byId(2)))
        .hasMessageNotContaining("token-4");
    assertThat(server.count()).isEqualTo(4);
  }

  @Test
  void a_supplier_of_tokens_that_fails_is_no_answer() {
    AnsweringServer server = server(request -> SCHEMA);
    RestRegistry failing =
        opened(
            patient(server.url())
                .bearerToken(
                    () -> {
                      throw new IllegalStateException("issuer is down");
                    })
                .build());
    noAnswer("SP-SCHEMA-313", () -> failing.byId(1));
    RestRegistry malformed = opened(patient(server.url()).bearerToken(() -> "s3cret\n").build());
    assertThat(noAnswer("SP-SCHEMA-313", () -> malformed.byId(1)))
        .hasMessageNotContaining("s3cret");
    assertThat(server.count()).isZero();
  }

  @Test
  void garbage_is_no_answer() {
    AnsweringServer server = server(request -> SCHEMA);
    RestRegistry registry = registry(server.url());
    List<Reply> garbage =
        List.of(
            new Reply(200, "<html>Please log in</html>"),
            new Reply(200, ""),
            new Reply(200, "[]"),
            new Reply(200, "{}"),
            new Reply(200, "{\"schema\":17}"),
            new Reply(200, "{\"schema\":\"x\",\"references\":[{}]}"),
            new Reply(200, "{\"schema\":\"" + "x".repeat(11 * 1024 * 1024) + "\"}"),
            new Reply(204, ""),
            new Reply(302, "", Map.of("Location", server.url() + "/elsewhere")),
            new Reply(400, "<html>no</html>"),
            new Reply(404, "<html>no such page</html>"),
            new Reply(404, "{\"error_code\":404,\"message\":\"HTTP 404 Not Found\"}"));
    int before = server.count();
    for (Reply each : garbage) {
      server.answer(request -> each);
      assertThat(noAnswer("SP-SCHEMA-307", () -> registry.byId(1)))
          .hasMessageContaining(server.url());
    }
    assertThat(server.count() - before).isEqualTo(garbage.size());
  }

  @Test
  void what_a_registry_says_is_final() {
    AnsweringServer server = server(request -> SCHEMA);
    RestRegistry registry = registry(server.url());
    for (int code : List.of(40401, 40402, 40403)) {
      server.answer(request -> new Reply(404, "{\"error_code\":" + code + "}"));
      assertThatExceptionOfType(SchemaNotFoundException.class)
          .isThrownBy(() -> registry.byId(code))
          .withMessageContaining("" + code);
    }
    server.answer(
        request ->
            request.path().endsWith("/versions")
                ? new Reply(409, "{\"error_code\":40901,\"message\":\"field total was removed\"}")
                : UNKNOWN);
    assertThatExceptionOfType(SchemaRefusedException.class)
        .isThrownBy(() -> registry.register("orders", STRING, false))
        .withMessageContainingAll("orders", "field total was removed");
    server.answer(request -> new Reply(422, "{\"error_code\":42201,\"message\":\"no schema\"}"));
    assertThatExceptionOfType(SchemaRefusedException.class)
        .isThrownBy(() -> registry.register("orders", STRING, false))
        .withMessageContaining("no schema");
    server.answer(request -> new Reply(200, "{\"schema\":\"x\",\"schemaType\":\"THRIFT\"}"));
    assertThatExceptionOfType(SchemaNotFoundException.class)
        .isThrownBy(() -> registry.byId(7))
        .withMessageStartingWith("SP-SCHEMA-315")
        .withMessageContaining("THRIFT");
    server.answer(request -> new Reply(400, "{\"error_code\":400,\"message\":\"no number\"}"));
    assertThatExceptionOfType(SchemaRefusedException.class)
        .isThrownBy(() -> registry.byId(-1))
        .withMessageContaining("no number");
  }

  /** Events may name them by their {@code dataschema}, as they may ids. */
  @Test
  void unknown_versions_are_limited_as_unknown_ids_are() {
    AnsweringServer server = server(request -> UNKNOWN);
    RestRegistry registry = registry(server.url());
    int limited = 0;
    for (int i = 0; i < 3 * UNKNOWN_AT_ONCE; i++) {
      int version = i + 1;
      MessagingException failure = failure(() -> registry.version("made-up", version));
      limited += failure.code().equals("SP-SCHEMA-310") ? 1 : 0;
    }
    assertThat(limited).isPositive();
    assertThat(server.count() + limited).isEqualTo(3 * UNKNOWN_AT_ONCE);
  }

  private static final int UNKNOWN_AT_ONCE = 100;

  // ---- what it asks

  @Test
  void guids_are_asked_for_where_the_registry_knows_them() {
    UUID guid = UUID.randomUUID();
    AnsweringServer newer =
        server(
            request ->
                request.path().equals("/schemas/guids/" + guid)
                    ? SCHEMA
                    : new Reply(404, "{\"error_code\":40403}"));
    RestRegistry registry = registry(newer.url());
    assertThat(registry.byGuid(guid)).isEqualTo(STRING);
    assertThat(failure(() -> registry.byGuid(UUID.randomUUID())))
        .isInstanceOf(SchemaNotFoundException.class);

    AnsweringServer older =
        server(
            request ->
                request.path().equals("/schemas/types")
                    ? new Reply(200, "[\"AVRO\"]")
                    : new Reply(404, "{\"error_code\":404}"));
    RestRegistry without = registry(older.url());
    for (int i = 0; i < 10; i++) {
      assertThat(failure(() -> without.byGuid(UUID.randomUUID())))
          .isInstanceOf(SchemaNotFoundException.class)
          .hasMessageContaining("knows no GUIDs");
    }
    assertThat(older.count()).isEqualTo(2);

    AnsweringServer none = server(request -> new Reply(404, "not here"));
    RestRegistry wrong = registry(none.url());
    noAnswer("SP-SCHEMA-307", () -> wrong.byGuid(guid));
  }

  @Test
  void a_context_qualifies_subjects_and_ids() {
    AnsweringServer server =
        server(request -> request.path().startsWith("/schemas") ? SCHEMA : version(1));
    RestRegistry registry = opened(patient(server.url() + "/api/").context("staging").build());
    registry.byId(7);
    registry.latest("orders");
    registry.version(":.other:orders", 1);
    assertThat(registry.register("orders", STRING, true).subject()).isEqualTo("orders");
    assertThat(server.requests().stream().map(each -> each.method() + " " + each.path()))
        .containsExactly(
            "GET /api/schemas/ids/7?subject=%3A.staging%3A",
            "GET /api/subjects/%3A.staging%3Aorders/versions/latest",
            "GET /api/subjects/%3A.other%3Aorders/versions/1",
            "POST /api/subjects/%3A.staging%3Aorders/versions?normalize=true",
            "POST /api/subjects/%3A.staging%3Aorders?normalize=true");
  }

  @Test
  void subjects_are_those_of_the_context_and_a_list_of_texts() {
    AnsweringServer server = server(request -> new Reply(200, "[\"b\", \"a\"]"));
    assertThat(registry(server.url()).subjects()).containsExactly("a", "b");
    RestRegistry staging = opened(patient(server.url()).context("staging").build());
    assertThat(staging.subjects()).containsExactly("a", "b");
    assertThat(server.requests().stream().map(each -> each.path()))
        .containsExactly("/subjects", "/subjects?subjectPrefix=%3A.staging%3A");

    AnsweringServer garbage = server(request -> new Reply(200, "[1]"));
    noAnswer("SP-SCHEMA-307", () -> registry(garbage.url()).subjects());
  }

  // ---- the end

  @Test
  void closing_ends_who_waits_and_leaves_no_thread() throws Exception {
    AnsweringServer slow = new AnsweringServer(request -> SCHEMA);
    opened(slow).answer(request -> slow.never());
    RestRegistry registry = registry(slow.url());
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try {
      Future<MessagingException> asking = pool.submit(() -> failure(() -> registry.byId(1)));
      Future<MessagingException> waiting = pool.submit(() -> failure(() -> registry.byId(1)));
      Awaitility.await().until(() -> slow.count() == 1);
      registry.close();
      assertThat(asking.get(30, TimeUnit.SECONDS).code()).isEqualTo("SP-SCHEMA-311");
      assertThat(waiting.get(30, TimeUnit.SECONDS).code()).isEqualTo("SP-SCHEMA-311");
    } finally {
      pool.shutdownNow();
    }
    noAnswer("SP-SCHEMA-311", () -> registry.byId(2));
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(thread -> thread.getName().equals("stagepost-schema-registry")));
  }

  @Test
  void an_interrupt_ends_only_whose_thread_it_was() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    AnsweringServer server =
        server(
            request -> {
              try {
                answer.await();
              } catch (InterruptedException end) {
                Thread.currentThread().interrupt();
              }
              return SCHEMA;
            });
    RestRegistry registry = registry(server.url());
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try {
      Future<MessagingException> first = pool.submit(() -> failure(() -> registry.byId(1)));
      Awaitility.await().until(() -> server.count() == 1);
      Future<Schema> second = pool.submit(() -> registry.byId(1));
      first.cancel(true);
      Awaitility.await().until(() -> server.count() == 2);
      answer.countDown();
      assertThat(second.get(30, TimeUnit.SECONDS)).isEqualTo(STRING);
    } finally {
      pool.shutdownNow();
    }
  }

  interface Call<T> {
    T make(int i);
  }

  private static <T> List<T> all(int threads, Call<T> call) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    CyclicBarrier start = new CyclicBarrier(threads);
    try {
      List<Future<T>> futures = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int number = i;
        futures.add(
            pool.submit(
                () -> {
                  start.await();
                  return call.make(number);
                }));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        results.add(future.get(100, TimeUnit.SECONDS));
      }
      return results;
    } finally {
      pool.shutdownNow();
    }
  }
}
