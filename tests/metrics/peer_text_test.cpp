#include "llama32med/metrics/peer_text.h"

#include <gtest/gtest.h>

namespace llama32med {
namespace {

TEST(PeerText, Mumc) {
  EXPECT_EQ(mumc_text("Patient's left."), "patients left");
  EXPECT_EQ(mumc_text("X-ray"), "xray");
  EXPECT_EQ(mumc_text("MRI - T2 weighted"), "mri-t2 weighted");
  EXPECT_EQ(mumc_text("Right-sided"), "right-sided");
  EXPECT_EQ(mumc_text("two, the A "), "two the a ");  // numbers, articles and outer spaces stay
  EXPECT_EQ(mumc_text("a \tb"), "a b");
}

TEST(PeerText, LmmsSlake) {
  EXPECT_EQ(lmms_slake_text(" X-Ray "), "xray");
  EXPECT_EQ(lmms_slake_text("x ray film"), "x ray film");  // the alias applies to the whole text only
  EXPECT_EQ(lmms_slake_text("Lung (left), heart"), "lung heart");
  EXPECT_EQ(lmms_slake_text("a ( b"), "a b");
  EXPECT_EQ(lmms_slake_text("True."), "yes");
  EXPECT_EQ(lmms_slake_text("正常。"), "yes");
  EXPECT_EQ(lmms_slake_text("不正常"), "no");
  EXPECT_EQ(lmms_slake_text("肺（左）"), "肺");
  EXPECT_EQ(lmms_slake_text("the two lungs"), "the two lungs");
}

TEST(PeerText, Plain) {
  EXPECT_EQ(plain_text(" The X-Ray,  of 5.5 cm. "), "the xray of 55 cm");
  EXPECT_EQ(plain_text("É."), "é");
  EXPECT_EQ(plain_text("?!"), "");
}

TEST(PeerText, TablesHaveDifferentHashes) {
  EXPECT_EQ(plain_tables_sha256().size(), 64u);
  EXPECT_NE(plain_tables_sha256(), lmms_slake_tables_sha256());
}

}  // namespace
}  // namespace llama32med
