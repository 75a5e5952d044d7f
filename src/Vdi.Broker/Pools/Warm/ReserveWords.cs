using System.Globalization;

namespace Vdi.Broker.Pools.Warm;

/// <summary>A reserve and its reason in one sentence, for administrators.</summary>
internal static class ReserveWords
{
    private static readonly string[] KoreanDays = ["일", "월", "화", "수", "목", "금", "토"];

    /// <summary>For example: 12 ready: on Tuesdays from 08:45 to 09:00 up to 31 people came in one minute; 2.9 forks a second; target 95 % under 3 s.</summary>
    public static string English(Reserve reserve)
    {
        var reason = reserve.Reason;
        var people = $"up to {Count(reason.MostInMinute, "person", "people")} came in one minute";
        var time = $"{reason.Day}s from {reason.From:HH\\:mm} to {reason.To:HH\\:mm}";
        var why = reason.Code switch
        {
            ReserveCode.Habit => $"on {time} {people}",
            ReserveCode.Ahead => $"made ahead, for on {time} {people}",
            ReserveCode.Lately => $"{Count(reason.Lately, "person", "people")} came in the last {ReservePolicy.LatelyMinutes} minutes",
            ReserveCode.Quiet => reason.MostInMinute == 0 ? "nobody is expected now" : "hardly anybody is expected in the next minutes, and who comes later is prepared for later",
            ReserveCode.ForksSuffice => $"a machine is there {Text(reason.ForkSeconds)} s after it is asked for, in time by itself",
            _ => "nothing is known of this time yet",
        };
        var today = reason.Holds < 0.5 ? "; today hardly anybody comes who usually does" : reason.Surge > 1.2 ? $"; today {Text(reason.Surge)} times as many come as usual" : "";
        var bound = reason.Bound switch
        {
            ReserveBound.Minimum => $"; the pool keeps at least {reserve.Ready}",
            ReserveBound.Maximum => $"; {reason.Wanted} would be wanted, the pool keeps at most {reserve.Ready}",
            _ => "",
        };
        return $"{reserve.Ready} ready: {why}{today}{bound}; {Text(reason.ForksPerSecond)} forks a second; target {Percent(reason)} % under {Text(reason.Target.Seconds)} s";
    }

    public static string Korean(Reserve reserve)
    {
        var reason = reserve.Reason;
        var time = $"{KoreanDays[(int)reason.Day]}요일 {reason.From:HH\\:mm}~{reason.To:HH\\:mm}";
        var why = reason.Code switch
        {
            ReserveCode.Habit => $"{time}에 1분 동안 최대 {reason.MostInMinute}명이 접속했습니다",
            ReserveCode.Ahead => $"{time}에 1분 동안 최대 {reason.MostInMinute}명이 접속하므로 미리 준비합니다",
            ReserveCode.Lately => $"최근 {ReservePolicy.LatelyMinutes}분 동안 {reason.Lately}명이 접속했습니다",
            ReserveCode.Quiet => "지금은 접속이 거의 없는 시간입니다",
            ReserveCode.ForksSuffice => $"요청 후 {Text(reason.ForkSeconds)}초면 새 데스크톱이 준비되어 미리 둘 필요가 없습니다",
            _ => "이 시간대의 기록이 아직 없습니다",
        };
        var today = reason.Holds < 0.5 ? ", 오늘은 평소와 달리 접속이 거의 없습니다" : reason.Surge > 1.2 ? $", 오늘은 평소의 {Text(reason.Surge)}배가 접속합니다" : "";
        var bound = reason.Bound switch
        {
            ReserveBound.Minimum => $", 풀의 최소 수는 {reserve.Ready}대입니다",
            ReserveBound.Maximum => $", {reason.Wanted}대가 필요하지만 풀의 최대 수는 {reserve.Ready}대입니다",
            _ => "",
        };
        return $"{reserve.Ready}대 준비: {why}{today}{bound}, 초당 {Text(reason.ForksPerSecond)}대 생성, 목표 {Text(reason.Target.Seconds)}초 이내 {Percent(reason)}%";
    }

    private static string Count(int count, string one, string many) => $"{count} {(count == 1 ? one : many)}";

    private static string Percent(ReserveReason reason) => Text(100 * reason.Target.Share);

    private static string Text(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
