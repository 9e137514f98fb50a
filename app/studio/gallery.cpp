#include "app/studio/gallery.hpp"

#include "app/studio/core_text.hpp"
#include "core/base/file.hpp"
#include "core/params/param_spec.hpp"

namespace gb {

std::vector<GalleryEntry> readGallery(const std::filesystem::path& resources) {
  const auto folder = resources / "experiments";
  const auto file = folder / "gallery.json";
  const Json list = Json::parse(read_file(file, 1 << 20), nullptr, false);
  if (!list.is_array()) throw ParamError(file.string() + ": a list of experiments was expected");
  std::vector<GalleryEntry> entries;
  for (const auto& each : list) {
    const auto text = [&](const char* name) {
      const auto found = each.is_object() ? each.find(name) : each.end();
      if (!each.is_object() || found == each.end() || !found->is_string())
        throw ParamError(file.string() + ": entry " + std::to_string(entries.size() + 1) + " has no text \"" + name +
                         "\"");
      return found->get<std::string>();
    };
    entries.push_back({folder / text("file"), coreText(text("title")), coreText(text("description"))});
  }
  return entries;
}

}  // namespace gb
