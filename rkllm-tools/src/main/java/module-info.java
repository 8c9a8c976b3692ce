/**
 * Function calling, structured output and chat formats over {@link io.rkllm.core the core}. Begin
 * with {@link io.rkllm.tools.ToolSession}.
 */
@org.jspecify.annotations.NullMarked
@SuppressWarnings("requires-automatic") // RE2 has no module name but that of its file
module io.rkllm.tools {
  requires transitive io.rkllm.core;
  requires static transitive org.jspecify;
  requires org.slf4j;
  requires tools.jackson.databind;
  requires com.fasterxml.classmate;
  requires com.github.victools.jsonschema.generator;
  requires com.networknt.schema;
  requires re2j;

  exports io.rkllm.tools;
  exports io.rkllm.tools.event;
  exports io.rkllm.tools.format;
  exports io.rkllm.tools.parser;

  uses io.rkllm.tools.parser.Dialect;

  provides io.rkllm.spi.MediaTagsProvider with
      io.rkllm.tools.internal.FamilyMediaTags;
}
