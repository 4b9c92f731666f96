"""Numbers of a recipe that change as training goes on, each a function of the update alone."""


def critic_updates(recipe, step):
    """Updates of WGAN's critic that come before update `step` of the generator, counted from 0.

    Few as a rule; many while the critic is new, and every so often after, so that it is near its optimum when the generator learns from
    it. The numbers and the rhythm are those of the authors' program (github.com/martinarjovsky/WassersteinGAN, main.py).

    Parameters
    ----------
    recipe : dict
        critic_updates, long_critic_updates, long_before (the first updates), long_every (and each so-many-th).
    step : int
    """
    long = step < recipe["long_before"] or step % recipe["long_every"] == 0
    return recipe["long_critic_updates"] if long else recipe["critic_updates"]


def halved_learning_rate(recipe, step):
    """Learning rate of BEGAN at update `step`: halved every `halve_every` updates down to `learning_rate_floor`."""
    return max(recipe["learning_rate"] * 0.5 ** (step // recipe["halve_every"]), recipe["learning_rate_floor"])
