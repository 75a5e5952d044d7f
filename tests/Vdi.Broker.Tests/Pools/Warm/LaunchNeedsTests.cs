using Vdi.Broker.Pools.Warm;

namespace Vdi.Broker.Tests.Pools.Warm;

public sealed class LaunchNeedsTests
{
    [Fact]
    public void Launch_whose_own_fork_is_in_time_needs_none()
    {
        Assert.All(Of(people: 30, new ForkPace(2, 0.35, 0.1)), need => Assert.Equal(0, need.Machines));
    }

    [Fact]
    public void Single_launch_needs_one_where_its_fork_is_late()
    {
        Assert.Equal(new LaunchNeed(540, 1), Assert.Single(Of(people: 1, new ForkPace(2, 3, 0.1))));
    }

    [Fact]
    public void Burst_needs_all_that_come_before_the_first_refill()
    {
        // A refill takes two minutes: nobody of this minute gets one.
        Assert.Equal(Enumerable.Range(1, 40), Of(people: 40, new ForkPace(2, 120, 0)).Select(need => need.Machines));
    }

    [Fact]
    public void Faster_forks_never_need_more()
    {
        var before = int.MaxValue;
        foreach (var seconds in new[] { 30.0, 10, 3, 1, 0.3 })
        {
            var most = Of(people: 80, new ForkPace(2, seconds, 0)).Max(need => need.Machines);
            Assert.True(most <= before);
            before = most;
        }

        Assert.Equal(0, before);
    }

    private static List<LaunchNeed> Of(int people, ForkPace pace)
    {
        var minutes = new int[1440];
        minutes[540] = people;
        return LaunchNeeds.Of(minutes, 1, pace, 3);
    }
}
