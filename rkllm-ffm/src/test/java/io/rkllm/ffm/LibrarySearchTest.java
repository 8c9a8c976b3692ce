package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.NativeLibraryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibrarySearchTest {
  @TempDir Path root;

  private final Map<String, String> properties = new HashMap<>();
  private final Map<String, String> environment = new HashMap<>();

  private LibrarySearch search() {
    return new LibrarySearch(properties::get, environment::get, root);
  }

  private Path library(String folder) throws IOException {
    Path file = root.resolve(folder).resolve("librkllmrt.so");
    Files.createDirectories(file.getParent());
    return Files.writeString(file, "library");
  }

  @Test
  void namedByAll_programGoesBeforePropertyBeforeVariableBeforeFolders() throws IOException {
    Path program = library("program");
    Path property = library("property");
    Path variable = library("variable");
    Path usual = library("usr/lib");

    assertThat(search().find(null).library()).isEqualTo(usual);
    environment.put("RKLLM_LIBRARY_PATH", variable.toString());
    assertThat(search().find(null).library()).isEqualTo(variable);
    properties.put("rkllm.library.path", property.toString());
    assertThat(search().find(null).library()).isEqualTo(property);
    assertThat(search().find(program).library()).isEqualTo(program);
    assertThat(search().find(program).by()).contains("RkllmModel.Builder.library");
  }

  @Test
  void namedFolder_isLookedInto() throws IOException {
    Path library = library("sdk/lib");
    properties.put("rkllm.library.path", library.getParent().toString());

    assertThat(search().find(null).library()).isEqualTo(library);
  }

  @Test
  void relativePath_becomesAbsolute() throws IOException {
    Path library = library("lib");
    Path relative = Path.of("").toAbsolutePath().relativize(library);

    assertThat(search().find(relative).library()).isAbsolute().isEqualTo(library);
  }

  @Test
  void emptySettings_countAsUnset() throws IOException {
    Path usual = library("usr/local/lib");
    properties.put("rkllm.library.path", "");
    environment.put("RKLLM_LIBRARY_PATH", "");
    environment.put("LD_LIBRARY_PATH", "");

    assertThat(search().find(null).library()).isEqualTo(usual);
  }

  @Test
  void namedPlaceWithoutLibrary_isRefusedAlthoughThereIsAnotherOne() throws IOException {
    library("usr/lib");
    Path missing = root.resolve("typo.so");
    environment.put("RKLLM_LIBRARY_PATH", missing.toString());

    assertThatThrownBy(() -> search().find(null))
        .isInstanceOf(NativeLibraryException.class)
        .hasMessageContaining(missing.toString())
        .hasMessageContaining("environment variable RKLLM_LIBRARY_PATH")
        .hasMessageContaining("To fix this: correct the path");
  }

  @Test
  void loaderPath_isSearchedAfterUsualFolders() throws IOException {
    Path opt = library("opt/rockchip");
    environment.put("LD_LIBRARY_PATH", "/nowhere::" + opt.getParent());
    assertThat(search().find(null).library()).isEqualTo(opt);

    Path usual = library("lib");
    assertThat(search().find(null).library()).isEqualTo(usual);
  }

  @Test
  void loaderConfiguration_isSearchedWithItsIncludes() throws IOException {
    Path opt = library("opt/vendor");
    Files.createDirectories(root.resolve("etc/ld.so.conf.d"));
    Files.writeString(root.resolve("etc/ld.so.conf"), "include /etc/ld.so.conf.d/*.conf\n");
    Files.writeString(
        root.resolve("etc/ld.so.conf.d/vendor.conf"), "# vendor\n" + opt.getParent() + " # here\n");

    assertThat(search().find(null).library()).isEqualTo(opt);
  }

  @Test
  void includedConfigurations_areReadInTheOrderOfTheirNames() throws IOException {
    Path configurations = Files.createDirectories(root.resolve("etc/ld.so.conf.d"));
    Files.writeString(root.resolve("etc/ld.so.conf"), "include /etc/ld.so.conf.d/*.conf\n");
    List<Path> folders = new ArrayList<>();
    for (int i = 30; i >= 10; i--) {
      Files.writeString(configurations.resolve(i + ".conf"), "/opt/" + i + "\n");
      folders.addFirst(Path.of("/opt/" + i));
    }
    assertThat(search().folders()).endsWith(folders.toArray(Path[]::new));
  }

  @Test
  void configurationThatIncludesItself_ends() throws IOException {
    Files.createDirectories(root.resolve("etc"));
    Files.writeString(root.resolve("etc/ld.so.conf"), "include ld.so.conf\ninclude [\n");

    assertThat(search().folders()).contains(root.resolve("usr/lib"));
  }

  @Test
  void nothingFound_messageListsEveryPathTried() {
    environment.put("LD_LIBRARY_PATH", "/some/where");

    assertThatThrownBy(() -> search().find(null))
        .isInstanceOf(NativeLibraryException.class)
        .hasMessageContaining(root.resolve("usr/lib/librkllmrt.so").toString())
        .hasMessageContaining(root.resolve("usr/lib/aarch64-linux-gnu/librkllmrt.so").toString())
        .hasMessageContaining(root.resolve("usr/local/lib/librkllmrt.so").toString())
        .hasMessageContaining("/some/where/librkllmrt.so")
        .hasMessageContaining("rkllm.library.path")
        .hasMessageContaining("RKLLM_LIBRARY_PATH");
  }

  @Test
  void invalidPath_isRejectedWithMessage() {
    properties.put("rkllm.library.path", "a\0b");

    assertThatThrownBy(() -> search().find(null))
        .isInstanceOf(NativeLibraryException.class)
        .hasMessageContaining("is not a path");
  }
}
