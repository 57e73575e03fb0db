package io.stagepost.testkit.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.stagepost.schema.RegisteredSchema;
import io.stagepost.schema.Schema;
import io.stagepost.schema.Schema.Format;
import io.stagepost.schema.Schema.Reference;
import io.stagepost.schema.SchemaNotFoundException;
import io.stagepost.schema.SchemaRefusedException;
import io.stagepost.schema.SchemaRegistry;
import io.stagepost.schema.registry.References;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What a {@link SchemaRegistry} must do. A test class of the implementation's extends it and says
 * how a registry is connected to; subjects are made up, so the registry need not be empty.
 *
 * <p>Schemas are registered in the writing that Confluent's registry keeps them in, so that it does
 * not matter whether an implementation rewrites them.
 */
public abstract class SchemaRegistryContract {
  private static final int THREADS = 16;

  private final Deque<SchemaRegistry> open = new ArrayDeque<>();

  /** For a test class, which has one. */
  protected SchemaRegistryContract() {}

  /**
   * A client of the registry under test. Called several times in one test; each client is closed.
   *
   * @return all of them of the same registry, with the same schemas
   */
  protected abstract SchemaRegistry connect();

  /**
   * Whether the registry gives GUIDs.
   *
   * @return true unless overridden
   */
  protected boolean knowsGuids() {
    return true;
  }

  /**
   * The formats that it takes.
   *
   * @return all unless overridden
   */
  protected Set<Format> formats() {
    return EnumSet.allOf(Format.class);
  }

  /**
   * How long after a registration its own client may still take an older version for the latest.
   *
   * @return not at all unless overridden
   */
  protected Duration latestWithin() {
    return Duration.ZERO;
  }

  /**
   * A subject's name as unusual as the registry takes it.
   *
   * @return with characters that mean something in paths and URLs, unless overridden
   */
  protected String oddName() {
    return "a/../b c+d%2Fe?f#g&h=i-é";
  }

  /** Closes what a test opened. */
  @AfterEach
  protected final void closeAll() {
    open.forEach(SchemaRegistry::close);
  }

  private SchemaRegistry registry() {
    SchemaRegistry registry = connect();
    open.push(registry);
    return registry;
  }

  private static String subject() {
    return "contract-" + UUID.randomUUID() + "-value";
  }

  /** A record of a name that no other test uses, with string fields. */
  private static Schema record(String name, String... fields) {
    List<String> written = new ArrayList<>();
    for (String field : fields) {
      written.add("{\"name\":\"" + field + "\",\"type\":\"string\",\"default\":\"\"}");
    }
    return Schema.of(
        Format.AVRO,
        "{\"type\":\"record\",\"name\":\""
            + name
            + "\",\"namespace\":\"com.example\",\"fields\":["
            + String.join(",", written)
            + "]}");
  }

  private static String name() {
    return "R" + UUID.randomUUID().toString().replace("-", "");
  }

  // ---- what is there

  @Test
  void what_is_registered_is_found_in_every_way() {
    SchemaRegistry registry = registry();
    String subject = subject();
    Schema schema = record(name(), "id");
    RegisteredSchema registered = registry.register(subject, schema, false);
    assertThat(registered.subject()).isEqualTo(subject);
    assertThat(registered.version()).isEqualTo(1);
    assertThat(registered.schema()).isEqualTo(schema);
    for (SchemaRegistry each : List.of(registry, registry())) {
      assertThat(each.byId(registered.id())).isEqualTo(schema);
      assertThat(each.latest(subject)).isEqualTo(registered);
      assertThat(each.version(subject, 1)).isEqualTo(registered);
      assertThat(each.versions(subject)).containsExactly(1);
      assertThat(each.find(subject, schema, false)).isEqualTo(registered);
    }
  }

  @Test
  void every_format_comes_back_as_it_was() {
    SchemaRegistry registry = registry();
    String name = name();
    List<Schema> schemas =
        List.of(
            record(name, "id"),
            Schema.of(
                Format.JSON,
                "{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"title\":\""
                    + name
                    + "\",\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"}}}"),
            Schema.of(
                Format.PROTOBUF,
                "syntax = \"proto3\";\n\nmessage " + name + " {\n  string id = 1;\n}"));
    for (Schema schema : schemas) {
      if (formats().contains(schema.format())) {
        RegisteredSchema registered = registry.register(subject(), schema, false);
        assertThat(registered.schema()).isEqualTo(schema);
        assertThat(registry().byId(registered.id())).isEqualTo(schema);
      }
    }
  }

  @Test
  void versions_count_from_one_and_the_latest_is_the_last() {
    SchemaRegistry registry = registry();
    String subject = subject();
    String name = name();
    RegisteredSchema first = registry.register(subject, record(name, "a"), false);
    assertThat(registry.latest(subject)).isEqualTo(first);
    RegisteredSchema second = registry.register(subject, record(name, "a", "b"), false);
    RegisteredSchema third = registry.register(subject, record(name, "a", "b", "c"), false);
    assertThat(registry.versions(subject)).containsExactly(1, 2, 3);
    assertLatest(registry, third);
    assertThat(registry.version(subject, 1)).isEqualTo(first);
    assertThat(registry.version(subject, 2)).isEqualTo(second);
    assertThat(Set.of(first.id(), second.id(), third.id())).hasSize(3);
  }

  private void assertLatest(SchemaRegistry registry, RegisteredSchema expected) {
    if (!latestWithin().isZero()) {
      Awaitility.await()
          .atMost(latestWithin().plusSeconds(30))
          .until(() -> registry.latest(expected.subject()).equals(expected));
    }
    assertThat(registry.latest(expected.subject())).isEqualTo(expected);
  }

  @Test
  void registering_again_is_the_same_version() {
    SchemaRegistry registry = registry();
    String subject = subject();
    String name = name();
    RegisteredSchema first = registry.register(subject, record(name, "a"), false);
    RegisteredSchema second = registry.register(subject, record(name, "a", "b"), false);
    assertThat(registry.register(subject, record(name, "a", "b"), false)).isEqualTo(second);
    assertThat(registry().register(subject, record(name, "a"), false)).isEqualTo(first);
    assertThat(registry.versions(subject)).containsExactly(1, 2);
  }

  @Test
  void one_schema_has_one_id_whatever_the_subjects() {
    SchemaRegistry registry = registry();
    Schema schema = record(name(), "id");
    RegisteredSchema one = registry.register(subject(), schema, false);
    RegisteredSchema other = registry.register(subject(), schema, false);
    assertThat(other.id()).isEqualTo(one.id());
    assertThat(other.guid()).isEqualTo(one.guid());
  }

  @Test
  void normalized_schemas_that_differ_in_their_writing_are_one() {
    SchemaRegistry registry = registry();
    String subject = subject();
    Schema schema = record(name(), "id");
    Schema otherwise =
        Schema.of(
            Format.AVRO,
            schema
                .text()
                .replace(",\"namespace\":\"com.example\"", "")
                .replace(
                    "{\"type\":\"record\"", "{\"namespace\":\"com.example\", \"type\":\"record\""));
    RegisteredSchema registered = registry.register(subject, schema, true);
    assertThat(registry.find(subject, otherwise, true).version()).isEqualTo(1);
    assertThat(registry.register(subject, otherwise, true).id()).isEqualTo(registered.id());
    assertThat(registry.versions(subject)).containsExactly(1);
  }

  @Test
  void references_come_back_and_can_be_resolved() {
    SchemaRegistry registry = registry();
    String money = name();
    String line = name();
    String moneys = subject();
    String lines = subject();
    registry.register(moneys, record(money, "amount"), false);
    Schema lineSchema = referring(line, money, new Reference("com.example." + money, moneys, 1));
    registry.register(lines, lineSchema, false);
    Schema order = referring(name(), line, new Reference("com.example." + line, lines, 1));
    RegisteredSchema registered = registry.register(subject(), order, false);

    SchemaRegistry another = registry();
    assertThat(another.byId(registered.id())).isEqualTo(order);
    assertThat(another.latest(registered.subject())).isEqualTo(registered);
    assertThat(another.find(registered.subject(), order, false)).isEqualTo(registered);
    assertThat(References.resolve(another, order))
        .containsExactly(
            Map.entry("com.example." + money, record(money, "amount")),
            Map.entry("com.example." + line, lineSchema));
  }

  private static Schema referring(String name, String type, Reference reference) {
    return new Schema(
        Format.AVRO,
        "{\"type\":\"record\",\"name\":\""
            + name
            + "\",\"namespace\":\"com.example\",\"fields\":[{\"name\":\"part\",\"type\":\""
            + type
            + "\"}]}",
        List.of(reference));
  }

  @Test
  void a_subject_may_have_any_name() {
    SchemaRegistry registry = registry();
    String odd = oddName() + UUID.randomUUID();
    RegisteredSchema registered = registry.register(odd, record(name(), "id"), false);
    assertThat(registered.subject()).isEqualTo(odd);
    assertThat(registry().latest(odd)).isEqualTo(registered);
    assertThat(registry().versions(odd)).containsExactly(1);
  }

  @Test
  void subjects_are_listed_once_they_have_a_version() {
    SchemaRegistry registry = registry();
    String subject = subject();
    String odd = oddName() + UUID.randomUUID();
    assertThat(registry.subjects()).doesNotContain(subject, odd);
    registry.register(subject, record(name(), "id"), false);
    registry.register(odd, record(name(), "id"), false);
    registry.register(subject, record(name(), "id", "more"), false);
    assertThat(registry.subjects()).containsOnlyOnce(subject, odd).isSorted();
    assertThat(registry().subjects()).contains(subject, odd);
  }

  @Test
  void who_registers_at_once_gets_the_same() throws Exception {
    String subject = subject();
    Schema schema = record(name(), "id");
    SchemaRegistry registry = registry();
    CyclicBarrier start = new CyclicBarrier(THREADS);
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<RegisteredSchema>> all = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        all.add(
            threads.submit(
                () -> {
                  start.await();
                  return registry.register(subject, schema, false);
                }));
      }
      RegisteredSchema first = all.get(0).get(60, TimeUnit.SECONDS);
      for (Future<RegisteredSchema> each : all) {
        assertThat(each.get(60, TimeUnit.SECONDS)).isEqualTo(first);
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(registry.versions(subject)).containsExactly(1);
  }

  // ---- what is not there

  @Test
  void what_is_missing_is_not_found() {
    SchemaRegistry registry = registry();
    String subject = subject();
    assertNotFound(() -> registry.byId(Integer.MAX_VALUE));
    assertNotFound(() -> registry.byId(-1));
    assertNotFound(() -> registry.latest(subject));
    assertNotFound(() -> registry.version(subject, 1));
    assertNotFound(() -> registry.find(subject, record(name(), "id"), false));
    assertNotFound(() -> registry.find(subject, record(name(), "id"), true));
    assertThat(registry.versions(subject)).isEmpty();

    registry.register(subject, record(name(), "id"), false);
    assertNotFound(() -> registry.version(subject, 2));
    assertNotFound(() -> registry.version(subject, 0));
    assertNotFound(() -> registry.find(subject, record(name(), "other"), false));
  }

  @Test
  void what_was_missing_is_found_by_who_registered_it() {
    SchemaRegistry registry = registry();
    String subject = subject();
    Schema schema = record(name(), "id");
    assertNotFound(() -> registry.find(subject, schema, false));
    assertNotFound(() -> registry.latest(subject));
    RegisteredSchema registered = registry.register(subject, schema, false);
    assertThat(registry.find(subject, schema, false)).isEqualTo(registered);
    assertThat(registry.latest(subject)).isEqualTo(registered);
    assertThat(registry.byId(registered.id())).isEqualTo(schema);
  }

  @Test
  void a_guid_leads_to_its_schema_or_is_not_found() {
    SchemaRegistry registry = registry();
    Schema schema = record(name(), "id");
    RegisteredSchema registered = registry.register(subject(), schema, false);
    assertNotFound(() -> registry.byGuid(UUID.randomUUID()));
    assertThat(registered.guid() != null).isEqualTo(knowsGuids());
    if (registered.guid() != null) {
      assertThat(registry.byGuid(registered.guid())).isEqualTo(schema);
    }
  }

  @Test
  void what_is_no_schema_is_refused() {
    SchemaRegistry registry = registry();
    String subject = subject();
    assertThatExceptionOfType(SchemaRefusedException.class)
        .isThrownBy(() -> registry.register(subject, Schema.of(Format.AVRO, "{\"type\":"), false))
        .satisfies(refused -> assertThat(refused.code()).startsWith("SP-"));
    assertThat(registry.versions(subject)).isEmpty();
  }

  private static void assertNotFound(Runnable lookup) {
    assertThatExceptionOfType(SchemaNotFoundException.class)
        .isThrownBy(lookup::run)
        .satisfies(absent -> assertThat(absent.code()).startsWith("SP-"));
  }

  @Test
  void closing_twice_is_closing() {
    SchemaRegistry registry = registry();
    registry.close();
    registry.close();
    assertThat(registry.toString()).isNotBlank();
  }
}
