package io.stagepost.schema.compatibility;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.schema.Schema;
import io.stagepost.schema.Schema.Format;
import io.stagepost.schema.SchemaRefusedException;
import io.stagepost.schema.SchemaRegistry;
import io.stagepost.schema.registry.InMemoryRegistry;
import io.stagepost.schema.registry.References;
import java.util.List;
import org.junit.jupiter.api.Test;

class SchemaCheckTest {
  private static final String SUBJECT = "orders-value";
  private static final Schema V1 = avro("{'name':'id','type':'string'}");
  private static final Schema V2 =
      avro("{'name':'id','type':'string'},{'name':'note','type':'string','default':''}");
  private static final Schema BREAKING =
      avro("{'name':'id','type':'string'},{'name':'total','type':'long'}");

  private final SchemaRegistry registry = new InMemoryRegistry();

  @Test
  void a_compatible_schema_passes_and_nothing_is_registered() {
    registry.register(SUBJECT, V1, false);
    assertThat(SchemaCheck.against(registry, Compatibility.FULL).verify(SUBJECT, V2)).isEmpty();
    assertThat(registry.versions(SUBJECT)).containsExactly(1);
  }

  @Test
  void an_incompatible_schema_is_refused_with_version_rule_place_and_remedy() {
    registry.register(SUBJECT, V1, false);
    registry.register(SUBJECT, V2, false);
    assertThatThrownBy(
            () -> SchemaCheck.against(registry, Compatibility.BACKWARD).verify(SUBJECT, BREAKING))
        .isInstanceOf(SchemaRefusedException.class)
        .hasMessageStartingWith("SP-SCHEMA-403")
        .hasMessageContaining(SUBJECT)
        .hasMessageContaining("version 2 read with this schema")
        .hasMessageContaining("avro.field-without-default-added at /fields/1")
        .hasMessageContaining("Give the field a default");
  }

  @Test
  void forward_says_which_version_cannot_read_this_schema() {
    registry.register(SUBJECT, V1, false);
    assertThatThrownBy(
            () ->
                SchemaCheck.against(registry, Compatibility.FORWARD)
                    .verify(SUBJECT, avro("{'name':'note','type':'string'}")))
        .hasMessageContaining("version 1 reading data of this schema");
  }

  @Test
  void transitive_looks_at_every_version_and_the_others_at_the_last() {
    registry.register(SUBJECT, avro("{'name':'id','type':'int'}"), false);
    registry.register(SUBJECT, avro("{'name':'id','type':['int','string']}"), false);
    registry.register(SUBJECT, V1, false);
    assertThat(SchemaCheck.against(registry, Compatibility.BACKWARD).verify(SUBJECT, V2)).isEmpty();
    assertThatThrownBy(
            () ->
                SchemaCheck.against(registry, Compatibility.BACKWARD_TRANSITIVE)
                    .verify(SUBJECT, V2))
        .hasMessageContaining("version 1")
        .hasMessageContaining("version 2");
  }

  @Test
  void what_is_registered_already_passes_though_a_newer_version_broke_with_it() {
    registry.register(SUBJECT, BREAKING, false);
    registry.register(SUBJECT, V1, false);
    assertThat(SchemaCheck.against(registry, Compatibility.FULL).verify(SUBJECT, BREAKING))
        .isEmpty();
  }

  @Test
  void the_first_schema_of_a_subject_passes() {
    assertThat(SchemaCheck.against(registry, Compatibility.FULL_TRANSITIVE).verify(SUBJECT, V1))
        .isEmpty();
  }

  @Test
  void a_rule_that_is_accepted_by_name_does_not_refuse() {
    registry.register(SUBJECT, V1, false);
    SchemaCheck check = SchemaCheck.against(registry, Compatibility.BACKWARD);
    assertThat(check.accepting("avro.field-without-default-added").verify(SUBJECT, BREAKING))
        .isEmpty();
    assertThatThrownBy(() -> check.verify(SUBJECT, BREAKING))
        .isInstanceOf(SchemaRefusedException.class);
  }

  @Test
  void warnings_are_returned_and_refuse_nothing() {
    registry.register(SUBJECT, proto("int32 a = 1; int32 b = 2;"), false);
    assertThat(
            SchemaCheck.against(registry, Compatibility.FULL)
                .verify(SUBJECT, proto("int32 a = 1;")))
        .extracting(Incompatibility::rule)
        .containsExactly("protobuf.removed-without-reserved");
  }

  @Test
  void another_format_is_refused() {
    registry.register(SUBJECT, V1, false);
    assertThatThrownBy(
            () ->
                SchemaCheck.against(registry, Compatibility.BACKWARD)
                    .verify(SUBJECT, Schema.of(Format.JSON, "{}")))
        .hasMessageContaining("schema.format-changed");
  }

  @Test
  void references_are_found_in_the_registry() {
    Schema money =
        Schema.of(
            Format.AVRO,
            "{\"type\":\"record\",\"name\":\"Money\",\"fields\":[{\"name\":\"cents\",\"type\":\"long\"}]}");
    registry.register("money", money, false);
    List<Schema.Reference> references = List.of(new Schema.Reference("Money", "money", 1));
    registry.register(
        SUBJECT,
        new Schema(Format.AVRO, avro("{'name':'total','type':'Money'}").text(), references),
        false);
    SchemaCheck check = SchemaCheck.against(registry, Compatibility.FULL);
    assertThat(
            check.verify(
                SUBJECT,
                new Schema(
                    Format.AVRO,
                    avro("{'name':'total','type':'Money','doc':'all'}").text(),
                    references)))
        .isEmpty();
    assertThatThrownBy(() -> check.verify(SUBJECT, avro("{'name':'total','type':'long'}")))
        .hasMessageContaining("avro.type-changed");
    assertThat(
            check.verify(
                SUBJECT,
                new Schema(
                    Format.AVRO,
                    avro("{'name':'total','type':'Money','doc':'newest'}").text(),
                    List.of(new Schema.Reference("Money", "money", References.LATEST)))))
        .isEmpty();
  }

  private static Schema avro(String fields) {
    return Schema.of(
        Format.AVRO,
        ("{'type':'record','name':'Order','fields':[" + fields + "]}").replace('\'', '"'));
  }

  private static Schema proto(String fields) {
    return Schema.of(Format.PROTOBUF, "syntax = \"proto3\"; message Order { " + fields + " }");
  }
}
