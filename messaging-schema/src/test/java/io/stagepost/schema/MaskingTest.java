package io.stagepost.schema;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.schema.Schema.Format;
import java.util.List;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class MaskingTest {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final String S = "{\"x-sensitive\":true}";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'properties':{'a':§}}|{'a':'secret','b':1}|{'a':'***','b':1}",
        "{'properties':{'a':§}}|{'a':{'deep':['secret']},'b':1}|{'a':'***','b':1}",
        "{'properties':{'a':{'x-sensitive':false}}}|{'a':'open'}|{'a':'open'}",
        "{'items':{'properties':{'a':§}}}|[{'a':1},{'a':null},{}]|[{'a':'***'},{'a':'***'},{}]",
        "{'items':[{},§],'additionalItems':{}}|[1,2,3]|[1,'***',3]",
        "{'items':[{}],'additionalItems':§}|[1,2,3]|[1,'***','***']",
        "{'prefixItems':[§],'items':{}}|[1,2]|['***',2]",
        "{'prefixItems':[{}],'items':§}|[1,2]|[1,'***']",
        "{'contains':§}|[1]|['***']",
        "{'unevaluatedItems':§}|[1]|['***']",
        "{'patternProperties':{'^s':§}}|{'sa':1,'as':2}|{'sa':'***','as':2}",
        "{'patternProperties':{'(':§}}|{'sa':1}|{'sa':'***'}",
        "{'properties':{'b':{}},'additionalProperties':§}|{'a':1,'b':2}|{'a':'***','b':2}",
        "{'unevaluatedProperties':§}|{'a':1}|{'a':'***'}",
        "{'$ref':'#/definitions/p','definitions':{'p':{'properties':{'a':§}}}}|{'a':1}|{'a':'***'}",
        "{'properties':{'a':{'$ref':'#/definitions/x~1y%20z'}},'definitions':{'x/y z':§}}|{'a':1}|{'a':'***'}",
        "{'properties':{'a':{'$ref':'#s'}},'$defs':{'x':{'$anchor':'s','x-sensitive':true}}}|{'a':1}|{'a':'***'}",
        "{'properties':{'a':{'$ref':'#s'}},'$defs':{'x':{'$id':'#s','x-sensitive':true}}}|{'a':1}|{'a':'***'}",
        "{'properties':{'a':{'$dynamicRef':'#s'}},'$defs':{'x':{'$dynamicAnchor':'s','x-sensitive':true}}}|{'a':1}|{'a':'***'}",
        "{'$id':'https://e.com/o.json','properties':{'a':{'$ref':'l.json'}},'$defs':{'x':{'$id':'https://e.com/l.json','x-sensitive':true}}}|{'a':1}|{'a':'***'}",
        "{'properties':{'a':{'$ref':'https://e.com/unknown.json'},'b':{'$ref':'#/no'},'c':{'$ref':'#no'}}}|{'a':1,'b':2,'c':3}|{'a':'***','b':'***','c':'***'}",
        "{'properties':{'a':{'$ref':'#/%zz'}}}|{'a':1}|{'a':'***'}",
        "{'properties':{'next':{'$ref':'#'},'a':§}}|{'next':{'next':{'a':1}}}|{'next':{'next':{'a':'***'}}}",
        "{'allOf':[{'$ref':'#'}],'properties':{'a':§}}|{'a':1}|{'a':'***'}",
        "{'allOf':[{'properties':{'a':§}}]}|{'a':1}|{'a':'***'}",
        "{'anyOf':[{'type':'string'},{'properties':{'a':§}}]}|{'a':1}|{'a':'***'}",
        "{'oneOf':[{'properties':{'a':{'const':2}}},{'properties':{'a':§}}]}|{'a':2}|{'a':'***'}",
        "{'if':{'required':['b']},'then':{'properties':{'a':§}}}|{'a':1}|{'a':'***'}",
        "{'else':{'properties':{'a':§}}}|{'a':1}|{'a':'***'}",
        "{'not':{'properties':{'a':§}}}|{'a':1}|{'a':'***'}",
        "{'dependentSchemas':{'b':{'properties':{'a':§}}}}|{'a':1}|{'a':'***'}",
        "{'dependencies':{'b':{'properties':{'a':§}},'c':['d']}}|{'a':1}|{'a':'***'}",
        "§|{'a':1}|'***'",
        "true|{'a':1}|{'a':1}",
        "no JSON|{'a':1}|'***'",
      })
  void what_a_json_schema_marks_is_masked(String schema, String payload, String masked) {
    Masking masking = Masking.of(Schema.of(Format.JSON, json(schema.replace("§", S))));
    assertThat(masking.mask(tree(payload))).isEqualTo(tree(masked));
  }

  @Test
  void a_payload_that_is_not_valid_is_masked_all_the_same() {
    Masking masking =
        Masking.of(
            Schema.of(
                Format.JSON,
                json(
                    "{'type':'array','required':['z'],'properties':{'a':{'type':'integer','x-sensitive':true}}}")));
    assertThat(masking.mask(tree("{'a':'secret'}"))).isEqualTo(tree("{'a':'***'}"));
  }

  @Test
  void references_are_followed_and_what_is_behind_a_missing_one_is_masked() {
    Schema schema =
        new Schema(
            Format.JSON,
            json(
                "{'properties':{'a':{'$ref':'person.json#/definitions/p'},'b':{'$ref':'gone.json'}}}"),
            List.of(
                new Schema.Reference("person.json", "person", 1),
                new Schema.Reference("gone.json", "gone", 1)));
    CountingRegistry registry = new CountingRegistry();
    registry.register(
        "person",
        Schema.of(
            Format.JSON,
            json(
                "{'definitions':{'p':{'properties':{'name':{'$ref':'#/definitions/s'}}},'s':"
                    + S
                    + "}}")),
        false);
    JsonNode payload = tree("{'a':{'name':'secret','age':3},'b':{'x':1}}");
    assertThat(
            Masking.of(
                    schema,
                    reference ->
                        registry.version(reference.subject(), reference.version()).schema())
                .mask(payload))
        .isEqualTo(tree("{'a':{'name':'***','age':3},'b':'***'}"));
    assertThat(Masking.of(schema).mask(payload)).isEqualTo(tree("{'a':'***','b':'***'}"));
  }

  private static final String AVRO =
      json(
          """
          {'type':'record','name':'Order','namespace':'shop','fields':[
            {'name':'id','type':'string'},
            {'name':'card','type':'string','x-sensitive':true},
            {'name':'pin','type':['null','int'],'sensitive':true},
            {'name':'token','type':{'type':'string','x-sensitive':true}},
            {'name':'buyer','type':['null',{'type':'record','name':'Person','fields':[
              {'name':'name','type':'string','x-sensitive':true},
              {'name':'age','type':'int'},
              {'name':'friend','type':['null','Person']}]}]},
            {'name':'people','type':{'type':'array','items':'shop.Person'}},
            {'name':'secrets','type':{'type':'map','values':{'type':'string','sensitive':true}}},
            {'name':'kind','type':{'type':'enum','name':'Kind','symbols':['A']}}
          ]}
          """);

  @Test
  void what_an_avro_schema_marks_is_masked() {
    org.apache.avro.Schema schema = new org.apache.avro.Schema.Parser().parse(AVRO);
    org.apache.avro.Schema person = schema.getField("people").schema().getElementType();
    GenericRecord ada = new GenericData.Record(person);
    ada.put("name", "ada");
    ada.put("age", 36);
    GenericRecord bob = new GenericData.Record(person);
    bob.put("name", "bob");
    bob.put("age", 40);
    bob.put("friend", ada);
    GenericRecord order = new GenericData.Record(schema);
    order.put("id", "o-1");
    order.put("card", "4711");
    order.put("pin", 1234);
    order.put("token", "t");
    order.put("buyer", bob);
    order.put("people", List.of(ada, bob));
    order.put("secrets", java.util.Map.of("k", "v"));
    order.put("kind", new GenericData.EnumSymbol(schema.getField("kind").schema(), "A"));
    JsonNode masked =
        Masking.of(Schema.of(Format.AVRO, AVRO)).mask(JSON.readTree(order.toString()));
    assertThat(masked)
        .isEqualTo(
            tree(
                """
                {'id':'o-1','card':'***','pin':'***','token':'***',
                 'buyer':{'name':'***','age':40,'friend':{'name':'***','age':36,'friend':null}},
                 'people':[{'name':'***','age':36,'friend':null},
                           {'name':'***','age':40,'friend':{'name':'***','age':36,'friend':null}}],
                 'secrets':{'k':'***'},'kind':'A'}
                """));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // Avro's own JSON, which names the branches of unions
        "{'buyer':{'shop.Person':{'name':'x','age':1,'friend':{'shop.Person':{'name':'y','age':2}}}}}"
            + "|{'buyer':{'shop.Person':{'name':'***','age':1,'friend':{'shop.Person':{'name':'***','age':2}}}}}",
        "{'pin':{'int':5}}|{'pin':'***'}",
        "{'pin':null}|{'pin':'***'}",
        "{'buyer':null}|{'buyer':null}",
        "{'people':'not an array'}|{'people':'not an array'}",
      })
  void avro_is_masked_however_it_is_shown(String payload, String masked) {
    assertThat(Masking.of(Schema.of(Format.AVRO, AVRO)).mask(tree(payload)))
        .isEqualTo(tree(masked));
  }

  @Test
  void types_of_other_avro_schemas_are_followed_or_masked() {
    Schema schema =
        new Schema(
            Format.AVRO,
            json(
                "{'type':'record','name':'O','namespace':'a','fields':[{'name':'p','type':'b.P'}]}"),
            List.of(new Schema.Reference("b.P", "b.P", 1)));
    JsonNode payload = tree("{'p':{'s':'secret','o':1}}");
    assertThat(Masking.of(schema).mask(payload)).isEqualTo(tree("{'p':'***'}"));
    assertThat(
            Masking.of(
                    schema,
                    reference ->
                        Schema.of(
                            Format.AVRO,
                            json(
                                "{'type':'record','name':'b.P','fields':["
                                    + "{'name':'s','type':'string','sensitive':true},"
                                    + "{'name':'o','type':'int'}]}")))
                .mask(payload))
        .isEqualTo(tree("{'p':{'s':'***','o':1}}"));
  }

  @Test
  void of_protobuf_every_scalar_is_masked() {
    assertThat(
            Masking.of(Schema.of(Format.PROTOBUF, "syntax = \"proto3\";"))
                .mask(tree("{'a':1,'b':[{'c':'x'}]}")))
        .isEqualTo(tree("{'a':'***','b':[{'c':'***'}]}"));
  }

  @Test
  void the_payload_itself_stays_as_it_is() {
    JsonNode payload = tree("{'card':'4711'}");
    JsonNode unused = Masking.of(Schema.of(Format.AVRO, AVRO)).mask(payload);
    assertThat(payload).isEqualTo(tree("{'card':'4711'}"));
  }

  private static JsonNode tree(String text) {
    return JSON.readTree(json(text));
  }

  private static String json(String text) {
    return text.replace('\'', '"');
  }
}
