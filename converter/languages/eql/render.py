LIMITS = {}
def render(tree, fields, options): raise NotImplementedError
