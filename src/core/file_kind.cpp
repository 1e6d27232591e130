#include "llama32med/core/file_kind.h"

#include <algorithm>
#include <array>

#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

using namespace std::string_view_literals;

struct Signature {
  std::size_t offset;
  std::string_view bytes;
  FileKind kind;
};

constexpr auto kUnpack = "unpack it first"sv;
constexpr auto kExport = "export its rows as CSV or JSON Lines"sv;
constexpr auto kSaveAsCsv = "save it as CSV or TSV"sv;
constexpr auto kToPng = "convert it to PNG"sv;
constexpr auto kNotText = "give a text file"sv;

// From the specifications of the formats. The first match counts.
constexpr std::array kSignatures = {
    Signature{0, "version https://git-lfs"sv, {"a Git LFS pointer", "fetch the file itself with git lfs pull"}},
    Signature{0, "/annex/objects/"sv, {"a git-annex pointer", "fetch the file itself with git annex get"}},
    Signature{0, "\x1F\x8B"sv, {"a gzip archive", kUnpack}},
    Signature{0, "BZh"sv, {"a bzip2 archive", kUnpack}},
    Signature{0,
              "\xFD"
              "7zXZ\0"sv,
              {"an xz archive", kUnpack}},
    Signature{0, "\x28\xB5\x2F\xFD"sv, {"a Zstandard archive", kUnpack}},
    Signature{0, "7z\xBC\xAF\x27\x1C"sv, {"a 7-Zip archive", kUnpack}},
    Signature{0, "Rar!\x1A\x07"sv, {"a RAR archive", kUnpack}},
    Signature{257, "ustar"sv, {"a tar archive", kUnpack}},
    Signature{0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv, {"an old Excel workbook or Office file (xls)", kSaveAsCsv}},
    Signature{0, "PAR1\x15"sv, {"a Parquet file", kExport}},
    Signature{0, "ARROW1"sv, {"an Arrow file", kExport}},
    Signature{0, "SQLite format 3\0"sv, {"an SQLite database", kExport}},
    Signature{0, "\x89HDF\r\n\x1A\n"sv, {"an HDF5 file", kExport}},
    Signature{0, "\x93NUMPY"sv, {"a NumPy array", kExport}},
    Signature{0, "%PDF-"sv, {"a PDF document", "export its images as PNG, or its tables as CSV"}},
    Signature{128, "DICM"sv, {"a DICOM file", "convert it to PNG, such as with dcm2img of DCMTK or with pydicom"}},
    Signature{344, "n+1\0"sv, {"a NIfTI volume", "save its slices as PNG"}},
    Signature{4, "ftypavif"sv, {"an AVIF image", kToPng}},
    Signature{4, "ftyphei"sv, {"a HEIC image", kToPng}},
    Signature{4, "ftypmif1"sv, {"a HEIF image", kToPng}},
    Signature{0, "\xFF\x0A"sv, {"a JPEG XL image", kToPng}},
    Signature{0, "\0\0\0\x0CJXL "sv, {"a JPEG XL image", kToPng}},
    Signature{0, "II+\0"sv, {"a BigTIFF file", "save it as plain TIFF or as PNG"}},
    Signature{0, "MM\0+"sv, {"a BigTIFF file", "save it as plain TIFF or as PNG"}},
    Signature{0, "8BPS"sv, {"a Photoshop file", kToPng}},
    Signature{0, "\x89PNG\r\n"sv, {"a PNG image", kNotText}},
    Signature{0, "\xFF\xD8\xFF"sv, {"a JPEG image", kNotText}},
    Signature{0, "GIF8"sv, {"a GIF image", kNotText}},
    Signature{0, "II*\0"sv, {"a TIFF image", kNotText}},
    Signature{0, "MM\0*"sv, {"a TIFF image", kNotText}},
    Signature{8, "WEBPVP8"sv, {"a WebP image", kNotText}},
};

constexpr FileKind kWorkbook = {"an Excel workbook", kSaveAsCsv};
constexpr FileKind kSpreadsheet = {"an OpenDocument spreadsheet", kSaveAsCsv};
constexpr FileKind kZip = {"a ZIP archive", kUnpack};
constexpr FileKind kHtml = {"an HTML page", "download the file itself, not the page that shows it"};
constexpr FileKind kSvg = {"an SVG drawing", kToPng};
constexpr FileKind kXml = {"an XML file", "convert it to the format expected here"};

bool has(std::string_view bytes, std::string_view part) { return bytes.find(part) != bytes.npos; }

// Names of the files in a ZIP archive are stored as they are.
const FileKind* kind_of_zip(std::string_view bytes) {
  if (!bytes.starts_with("PK\x03\x04")) return nullptr;
  if (has(bytes, "xl/workbook")) return &kWorkbook;
  return has(bytes.substr(0, 200), "opendocument.spreadsheet") ? &kSpreadsheet : &kZip;
}

const FileKind* kind_of_markup(std::string_view bytes) {
  constexpr std::size_t kLooked = 1024;
  const auto head = ascii_lower(trim(bytes.substr(0, kLooked)));
  if (!head.starts_with('<')) return nullptr;
  if (head.starts_with("<!doctype html") || head.starts_with("<html") || has(head, "<head")) return &kHtml;
  if (head.starts_with("<svg") || has(head, "<svg ")) return &kSvg;
  return head.starts_with("<?xml") ? &kXml : nullptr;
}

}  // namespace

const FileKind* file_kind(std::string_view bytes) {
  const auto fits = [&](const Signature& signature) {
    return bytes.size() >= signature.offset && bytes.substr(signature.offset).starts_with(signature.bytes);
  };
  const auto* found = std::find_if(kSignatures.begin(), kSignatures.end(), fits);
  if (found != kSignatures.end()) return &found->kind;
  if (const auto* zip = kind_of_zip(bytes)) return zip;
  return kind_of_markup(bytes);
}

}  // namespace llama32med
