#include "base/energy.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/own_folder_testing.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

void put(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << text << "\n";
}

TEST(EnergyCounter, CountsPackagesAcrossTheEndOfTheirRange) {
  const OwnFolder own;
  const fs::path& folder = own.path();
  EXPECT_EQ(EnergyCounter::open(folder), nullptr);
  put(folder / "intel-rapl:0" / "energy_uj", "1000000");
  put(folder / "intel-rapl:0" / "max_energy_range_uj", "5000000");
  put(folder / "intel-rapl:0:0" / "energy_uj", "900000");  // its cores: part of it
  put(folder / "intel-rapl:1" / "energy_uj", "7000000");
  put(folder / "intel-rapl:1" / "max_energy_range_uj", "9000000");
  put(folder / "intel-rapl:2" / "energy_uj", "3");  // which does not say where it begins again
  put(folder / "dtpm" / "energy_uj", "1");
  auto counter = EnergyCounter::open(folder);
  ASSERT_NE(counter, nullptr);
  EXPECT_EQ(counter->joules(), 0);
  put(folder / "intel-rapl:0" / "energy_uj", "3500000");
  EXPECT_EQ(counter->joules(), 2.5);
  put(folder / "intel-rapl:0" / "energy_uj", "500000");  // 1.5 to the end of the range, and 0.5
  put(folder / "intel-rapl:1" / "energy_uj", "8000000");
  EXPECT_EQ(counter->joules(), 5.5);
  put(folder / "intel-rapl:2" / "energy_uj", "1");
  EXPECT_EQ(counter->joules(), 5.5);
  auto packages = EnergyCounter::packages(folder);
  ASSERT_EQ(packages.size(), 3u);
  EXPECT_EQ(packages[1].name, "intel-rapl:1");
  EXPECT_EQ(packages[1].joules, 8);
}

}  // namespace
}  // namespace hearth
