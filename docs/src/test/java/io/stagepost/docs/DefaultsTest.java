package io.stagepost.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.Limits;
import io.stagepost.Policy;
import io.stagepost.PublishLimits;
import io.stagepost.Setting;
import io.stagepost.schema.registry.RestRegistry;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The table of defaults in the docs is what the code does. */
class DefaultsTest {
  @Test
  void the_table_and_the_code_agree() {
    List<Setting<?>> settings = new ArrayList<>(Policy.defaults().settings());
    settings.addAll(Limits.defaults().settings());
    settings.addAll(PublishLimits.defaults().settings());
    try (RestRegistry registry = RestRegistry.at("http://localhost:8081")) {
      settings.addAll(registry.settings());
    }
    String table = Documents.read("docs/defaults.md");
    for (Setting<?> setting : settings) {
      assertThat(table).contains("| " + setting.name() + " | `" + setting.value() + "` |");
      assertThat(setting.layer()).isEqualTo(Setting.Layer.DEFAULT);
    }
  }
}
