package io.stagepost.schema.confluent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import io.stagepost.MessagingException;
import io.stagepost.schema.Schema;
import io.stagepost.schema.Schema.Format;
import io.stagepost.schema.SchemaNotFoundException;
import io.stagepost.schema.SchemaRefusedException;
import io.stagepost.schema.SchemaRegistry;
import io.stagepost.testkit.fixture.SchemaRegistryFixture;
import io.stagepost.testkit.fixture.TcpProxy;
import io.stagepost.testkit.schema.SchemaRegistryContract;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The contract by way of Confluent's own client, with a real registry. */
class ConfluentRegistryContractTest extends SchemaRegistryContract {
  private static final Duration LATEST = Duration.ofSeconds(1);

  @Override
  protected SchemaRegistry connect() {
    return at(SchemaRegistryFixture.shared().url());
  }

  private static SchemaRegistry at(String url) {
    return ConfluentRegistry.over(
        new CachedSchemaRegistryClient(
            url, 1_000, Map.of("latest.cache.ttl.sec", LATEST.toSeconds())));
  }

  @Override
  protected Duration latestWithin() {
    return LATEST;
  }

  /** Confluent's client does not escape all that a URL cannot have. */
  @Override
  protected String oddName() {
    return ":.:a.b_c d";
  }

  /** Confluent's 7.9.5. */
  @Override
  protected boolean knowsGuids() {
    return false;
  }

  /** The only one that Confluent's client reads without a provider. */
  @Override
  protected Set<Format> formats() {
    return EnumSet.of(Format.AVRO);
  }

  @Test
  void a_registry_that_is_down_is_no_answer() {
    try (TcpProxy nowhere = TcpProxy.open();
        SchemaRegistry registry = at("http://" + nowhere.address())) {
      MessagingException down =
          catchThrowableOfType(MessagingException.class, () -> registry.byId(1));
      assertThat(down)
          .hasMessageContainingAll("SP-SCHEMA-330", "id 1")
          .isNotInstanceOf(SchemaNotFoundException.class)
          .isNotInstanceOf(SchemaRefusedException.class);
    }
  }

  @Test
  void a_format_without_a_provider_is_refused_with_the_remedy() {
    try (SchemaRegistry registry = connect()) {
      assertThatExceptionOfType(SchemaRefusedException.class)
          .isThrownBy(
              () ->
                  registry.register(
                      "orders", Schema.of(Format.JSON, "{\"type\":\"object\"}"), false))
          .withMessageContainingAll("SP-SCHEMA-331", "provider");
    }
  }
}
