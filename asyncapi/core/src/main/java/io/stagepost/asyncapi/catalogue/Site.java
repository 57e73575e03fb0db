package io.stagepost.asyncapi.catalogue;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** All files of a catalogue's site, by their path. */
final class Site {
  private final Catalogue catalogue;
  private final Landscape landscape;

  Site(Catalogue catalogue) {
    this.catalogue = catalogue;
    this.landscape = Landscape.of(catalogue.entries());
  }

  Map<String, byte[]> files() {
    Map<String, byte[]> files = new TreeMap<>();
    for (String asset : new String[] {"site.css", "map.css", "site.js"}) {
      files.put("assets/" + asset, bytes(ContractMap.resource(asset)));
    }
    SearchIndex index = new SearchIndex(landscape);
    files.put("assets/index.js", bytes(index.script()));
    Overview overview = new Overview(landscape);
    put(files, Pages.OVERVIEW, "Contracts", overview.contracts());
    put(files, Pages.CHANNELS, "Channels", overview.channels());
    put(files, Pages.MAP, "Map", overview.map());
    for (Entry entry : catalogue.entries()) {
      put(files, Pages.of(entry), entry.title(), new ContractPage(landscape, entry).html());
    }
    for (Landscape.Place place : landscape.places()) {
      put(files, Pages.of(place), place.name(), new ChannelPage(landscape, place).html());
    }
    return files;
  }

  private static void put(Map<String, byte[]> files, String path, String title, Html main) {
    files.put(path, bytes(Shell.page(path, title, main).toString()));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
