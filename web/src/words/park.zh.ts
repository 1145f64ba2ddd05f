import type { parkEn } from "./park.en";

export const parkZh: typeof parkEn = {
  park: "停车",
  parkIn: "范围",
  parkCity: "全市",
  parkSum: "空车位总数：{n}",
  parkOf: "空位／共 {n} 个",
  parkSpaces: "共 {n} 个车位",
  parkFull: "已满",
  parkClosed: "关闭",
  parkUnknown: "情况不明",
  parkNone: "此处没有已知的停车场。",
  parkStreet: "路边停车",
  parkRide: "停车换乘",
  parkFewer: "比 15 分钟前少 {n} 个",
  parkMore: "比 15 分钟前多 {n} 个",
  parkAsOf: "截至 {time}",
  parkAll: "显示全部 {n} 处",
};
